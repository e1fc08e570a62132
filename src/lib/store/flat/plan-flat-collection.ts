import type { CID } from 'multiformats/cid';
import { keyOfCid, type BlockKey } from '../block/block-id.js';
import { markReachable, rootsAndPins } from '../gc/mark-reachable.js';
import type { GcResult } from '../ipld-store.js';
import { blockMissing } from '../store-errors.js';
import { FLAT_HEADER_BYTES } from './flat-format.js';
import type { FlatFiles } from './flat-files.js';
import type { FlatIndex } from './flat-index.js';
import type { FlatReader } from './flat-reader.js';

/** What a collection is going to delete. */
export interface FlatCollectionPlan {
  readonly dead: readonly BlockKey[];
  readonly temporaryPaths: readonly string[];
  readonly result: GcResult;
}

/** The parts of a flat store that a plan reads. */
export interface PlannedStore {
  readonly files: FlatFiles;
  readonly reader: FlatReader;
  readonly index: FlatIndex;
}

/**
 * Plans a collection while nobody else writes. Memory is the keys of all blocks, some 100 bytes each.
 *
 * @throws {MonoError} as `markReachable`
 */
export async function planFlatCollection(
  store: PlannedStore,
  roots: Iterable<CID> | AsyncIterable<CID>,
): Promise<FlatCollectionPlan> {
  const { files, reader, index } = store;
  const unmarked = new Set(files.keys());
  const live = new Set<BlockKey>();
  await markReachable(rootsAndPins(roots, index.references.pinned()), {
    mark(key) {
      if (live.has(key)) return 'before';
      if (!unmarked.delete(key)) return 'absent';
      live.add(key);
      return 'marked';
    },
    readNode: (cid) => Promise.resolve(readNode(reader, cid)),
  });
  const dead = [...unmarked];
  const temporaries = await files.temporaries();
  const sizes = sizesOf(reader, dead);
  const temporaryBytes = temporaries.reduce((sum, { fileBytes }) => sum + fileBytes, 0);
  return {
    dead,
    temporaryPaths: temporaries.map(({ path }) => path),
    result: {
      deletedBlocks: dead.length,
      deletedBytes: sizes.deletedBytes,
      keptBlocks: live.size,
      reclaimedBytes: sizes.fileBytes + temporaryBytes,
    },
  };
}

/** A damaged file counts as if its block had been stored as it is: it has to be deletable. */
function sizesOf(
  reader: FlatReader,
  dead: readonly BlockKey[],
): { readonly deletedBytes: number; readonly fileBytes: number } {
  let deletedBytes = 0;
  let totalBytes = 0;
  for (const key of dead) {
    const { fileBytes, header } = reader.inspect(key) ?? { fileBytes: 0, header: undefined };
    totalBytes += fileBytes;
    deletedBytes += header?.sizeBytes ?? Math.max(fileBytes - FLAT_HEADER_BYTES, 0);
  }
  return { deletedBytes, fileBytes: totalBytes };
}

function readNode(reader: FlatReader, cid: CID): Uint8Array {
  const key = keyOfCid(cid);
  const bytes = key === undefined ? undefined : reader.read(key);
  if (bytes) return bytes;
  throw blockMissing(cid);
}
