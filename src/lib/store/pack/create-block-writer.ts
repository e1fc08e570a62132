import { BlockWriter } from './block-writer.js';
import { PACK_VERSION, type PackForm, type PackKind } from './pack-format.js';
import { openPack } from './pack-opener.js';
import { PackWriter } from './pack-writer.js';
import type { WritablePacks } from './writable-packs.js';

/** Returns a writer that goes on with packs of the store that nobody appends to. */
export function createBlockWriter(packs: WritablePacks): BlockWriter {
  const { sizes, index, coder, files, session } = packs;
  const { packLimitBytes } = sizes;
  const opener = { index, files, packLimitBytes, session };
  return new BlockWriter({
    ...sizes,
    index,
    coder,
    path: files.directory,
    createWriter: (kind) =>
      new PackWriter({
        kind,
        segmentBytes: sizes.segmentBytes[kind],
        packLimitBytes,
        openPack: (segmentBytes) => openPack(opener, formOf(kind, packs), segmentBytes),
      }),
  });
}

/** Only node packs hold compressed blocks: what lies in data packs can be mapped. */
function formOf(kind: PackKind, { coder }: WritablePacks): PackForm {
  const isCompressed = kind === 'node' && coder.compression !== 'none';
  return { kind, version: isCompressed ? PACK_VERSION.compressed : PACK_VERSION.plain };
}
