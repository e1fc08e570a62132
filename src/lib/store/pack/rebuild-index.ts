import { statSync } from 'node:fs';
import { isMonoError } from '../../errors.js';
import type { BlockCoder } from '../compression/block-coder.js';
import { readAt, withFileForReading, type PackFiles } from './pack-files.js';
import { firstSegmentOffset, HEADER_BYTES, parseHeader, type PackHeader } from './pack-format.js';
import type { PackIndex } from './index/pack-index.js';
import { decodePacked } from './packed-block.js';
import { segmentsOf, type FoundSegment } from './segments-of.js';

/**
 * Fills an empty index from the packs and the record of pins, in one transaction. Every block is read and checked:
 * what a crash left half-written is passed over. A file that is no pack of ours is left alone.
 *
 * @throws {MonoError} `STORE_FORMAT_UNSUPPORTED` when a newer program has written a pack,
 *   `STORE_PINS_INVALID`
 */
export async function rebuildIndex(
  index: PackIndex,
  files: PackFiles,
  coder: BlockCoder,
): Promise<void> {
  const packs = await files.list();
  await coder.load();
  index.write(() => {
    for (const { id } of packs) indexPack({ index, coder }, id, files.pathOf(id));
    index.references.restorePins();
  });
}

interface Rebuild {
  readonly index: PackIndex;
  readonly coder: BlockCoder;
}

function indexPack({ index, coder }: Rebuild, id: string, path: string): void {
  withFileForReading(path, (descriptor) => {
    const header = readHeader(descriptor, path);
    if (header?.id !== id) return;
    const size = firstSegmentOffset(header.kind);
    const pack = index.packs.add(header, { size, session: null });
    for (const segment of segmentsOf(descriptor, header, { endBytes: statSync(path).size })) {
      indexSegment({ index, coder }, { pack, descriptor }, segment);
    }
  });
}

function indexSegment(
  { index, coder }: Rebuild,
  source: { readonly pack: number; readonly descriptor: number },
  segment: FoundSegment,
): void {
  for (const entry of segment.entries) {
    const offset = segment.offsetBytes + entry.offsetBytes;
    const stored = readAt(source.descriptor, offset, entry.storedBytes);
    if (!decodePacked(entry.key, { ...entry, stored }, coder)) continue;
    index.blocks.insert({
      key: entry.key,
      pack: source.pack,
      offset,
      stored: entry.storedBytes,
      size: entry.sizeBytes,
      encoding: entry.encoding,
    });
  }
  index.packs.grow(source.pack, segment.offsetBytes + segment.segmentBytes);
}

function readHeader(descriptor: number, path: string): PackHeader | undefined {
  try {
    return parseHeader(readAt(descriptor, 0, HEADER_BYTES), path);
  } catch (error) {
    if (isMonoError(error, 'PACK_INVALID')) return undefined;
    throw error;
  }
}
