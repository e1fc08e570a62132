/**
 * Garbage collection of packs, run while no other process writes. What a crash leaves at each step:
 *
 *     1. mark and plan             nothing has changed
 *     2. copy live blocks          new packs without rows of blocks: the next collection removes them
 *     3. move rows, batch by batch a block is in the old pack or in the new one, both are whole
 *     4. delete rows, one commit   packs that nothing points to any more: the next collection
 *     5. unlink, cut off tails     removes what is left of them
 */
import type { CID } from 'multiformats/cid';
import { ioError } from '../../io/io-error.js';
import { keyOfCid, type BlockKey } from '../block/block-id.js';
import type { BlockCoder } from '../compression/block-coder.js';
import { markReachable } from '../gc/mark-reachable.js';
import type { GcOptions, GcResult } from '../ipld-store.js';
import { blockMissing } from '../store-errors.js';
import { BlockLedger } from './block-ledger.js';
import { BlockMover } from './block-mover.js';
import { removePackFiles, type PackFiles } from './pack-files.js';
import type { PackIndex } from './index/pack-index.js';
import { blockCorrupt, type PackReader, type ReadBlock } from './pack-reader.js';
import type { PackSizes } from './pack-sizes.js';
import { planCollection, type CollectionPlan } from './plan-collection.js';

/** The parts of a packed store that a collection works on. */
export interface CollectedStore {
  readonly index: PackIndex;
  readonly files: PackFiles;
  readonly reader: PackReader;
  readonly sizes: PackSizes;
  readonly session: () => number;
  readonly coder: BlockCoder;
}

/**
 * Deletes the blocks that `roots` do not reach, and gives their space back.
 *
 * @throws {MonoError} as `markReachable`; `STORE_BLOCK_CORRUPT` when a live block that is to be moved
 *   is damaged; `IO_FAILED`, `DISK_FULL`
 */
export async function collectPacks(
  store: CollectedStore,
  roots: Iterable<CID> | AsyncIterable<CID>,
  options: GcOptions & { readonly dryRun: boolean },
): Promise<GcResult> {
  const ledger = new BlockLedger(store.index);
  await markReachable(roots, {
    mark: (key) => ledger.mark(key),
    readNode: (cid) => Promise.resolve(readNode(store, cid)),
  });
  try {
    const plan = planCollection({
      ledger,
      packs: store.index.packs.all(),
      files: await store.files.list(),
      sizes: store.sizes,
      fixedIds: await fixedIds(store, options),
    });
    if (!options.dryRun) await execute(store, ledger, plan);
    return plan.result;
  } catch (error) {
    throw ioError(error, 'collect garbage in', store.files.directory);
  }
}

/** Returns the ids of the packs that stay as they are for as long as anything in them is live. */
async function fixedIds(
  { index, files }: CollectedStore,
  { mappedFiles }: GcOptions,
): Promise<ReadonlySet<string>> {
  const mapped = (await mappedFiles?.()) ?? new Set();
  return new Set(
    index.packs
      .all()
      .map(({ id }) => id)
      .filter((id) => mapped.has(files.pathOf(id))),
  );
}

async function execute(
  store: CollectedStore,
  ledger: BlockLedger,
  plan: CollectionPlan,
): Promise<void> {
  if (plan.result.deletedBlocks > 0 || plan.removedPacks.length > 0) store.index.forgetCounts();
  await moveBlocks(store, ledger, plan.moves);
  store.index.deleteBlocksAndPacks(unmarkedKeys(ledger), plan.removedPacks);
  const removedIds = [...plan.removedPacks.map(({ id }) => id), ...plan.orphanIds];
  await removePackFiles(store.files, removedIds);
  for (const { id, size } of plan.tails) await cutTail(store.files, id, size);
}

async function moveBlocks(
  store: CollectedStore,
  ledger: BlockLedger,
  moves: CollectionPlan['moves'],
): Promise<void> {
  const mover = new BlockMover(store);
  try {
    for (const kind of ['data', 'node'] as const) {
      for (const number of moves[kind]) {
        const { key, block } = readLive(store, ledger, number);
        await mover.move(kind, key, block);
      }
    }
    await mover.finish();
  } finally {
    await mover.close();
  }
}

function readLive(
  store: CollectedStore,
  ledger: BlockLedger,
  number: number,
): { key: BlockKey; block: ReadBlock } {
  const row = ledger.row(number);
  const block = store.reader.readPacked(row.key, row);
  if (!block) throw blockCorrupt(row.key, store.reader.pathOf(row.pack), row.offset);
  return { key: row.key, block };
}

function readNode(store: CollectedStore, cid: CID): Uint8Array {
  const key = keyOfCid(cid);
  const row = key === undefined ? undefined : store.index.blocks.find(key);
  if (key === undefined || !row) throw blockMissing(cid);
  const bytes = store.reader.read(key, row);
  if (!bytes) throw blockCorrupt(key, store.reader.pathOf(row.pack), row.offset);
  return bytes;
}

function* unmarkedKeys(ledger: BlockLedger): Generator<BlockKey> {
  for (let number = 0; number < ledger.count; number++) {
    if (!ledger.isMarked(number)) yield ledger.row(number).key;
  }
}

async function cutTail(files: PackFiles, id: string, sizeBytes: number): Promise<void> {
  const file = await files.open(id);
  try {
    await file.truncate(sizeBytes);
  } finally {
    await file.close();
  }
}
