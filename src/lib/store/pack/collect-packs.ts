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
import { markReachable } from '../gc/mark-reachable.js';
import type { GcResult } from '../ipld-store.js';
import { blockMissing } from '../store-errors.js';
import { BlockLedger } from './block-ledger.js';
import type { PackFiles } from './pack-files.js';
import type { PackKind } from './pack-format.js';
import type { PackIndex } from './pack-index.js';
import { createPack } from './pack-opener.js';
import { blockCorrupt, type PackReader } from './pack-reader.js';
import { PackWriter } from './pack-writer.js';
import type { PackSizes } from './pack-sizes.js';
import { planCollection, type CollectionPlan } from './plan-collection.js';

/** The parts of a packed store that a collection works on. */
export interface CollectedStore {
  readonly index: PackIndex;
  readonly files: PackFiles;
  readonly reader: PackReader;
  readonly sizes: PackSizes;
  readonly session: () => number;
}

/** How many moved blocks are committed together: bounds what is kept in memory about them. */
const MOVES_PER_COMMIT = 10_000;

/**
 * Deletes the blocks that `roots` do not reach, and gives their space back.
 *
 * @throws {MonoError} as `markReachable`; `STORE_BLOCK_CORRUPT` when a live block that is to be moved
 *   is damaged; `IO_FAILED`, `DISK_FULL`
 */
export async function collectPacks(
  store: CollectedStore,
  roots: Iterable<CID> | AsyncIterable<CID>,
  options: { readonly dryRun: boolean },
): Promise<GcResult> {
  const ledger = new BlockLedger(store.index);
  await markReachable(roots, {
    mark: (key) => ledger.mark(key),
    readNode: (cid) => Promise.resolve(readNode(store, cid)),
  });
  try {
    const plan = planCollection({
      ledger,
      packs: store.index.packs(),
      files: await store.files.list(),
      sizes: store.sizes,
    });
    if (!options.dryRun) await execute(store, ledger, plan);
    return plan.result;
  } catch (error) {
    throw ioError(error, 'collect garbage in', store.files.directory);
  }
}

async function execute(
  store: CollectedStore,
  ledger: BlockLedger,
  plan: CollectionPlan,
): Promise<void> {
  if (plan.result.deletedBlocks > 0 || plan.removedPacks.length > 0) store.index.forgetCounts();
  await moveBlocks(store, ledger, { kind: 'data', numbers: plan.moves.data });
  await moveBlocks(store, ledger, { kind: 'node', numbers: plan.moves.node });
  store.index.deleteBlocksAndPacks(unmarkedKeys(ledger), plan.removedPacks);
  const removedIds = [...plan.removedPacks.map(({ id }) => id), ...plan.orphanIds];
  for (const id of removedIds) await removeFile(store.files, id);
  for (const { id, size } of plan.tails) await cutTail(store.files, id, size);
  if (removedIds.length > 0) await store.files.syncNames();
}

async function moveBlocks(
  store: CollectedStore,
  ledger: BlockLedger,
  moves: { readonly kind: PackKind; readonly numbers: Uint32Array },
): Promise<void> {
  const { index, files, sizes, session } = store;
  const { kind, numbers } = moves;
  const opener = { index, files, session, packLimitBytes: sizes.packLimitBytes };
  const writer = new PackWriter({
    kind,
    segmentBytes: sizes.segmentBytes[kind],
    packLimitBytes: sizes.packLimitBytes,
    openPack: () => createPack(opener, kind),
  });
  try {
    for (const [turn, number] of numbers.entries()) {
      const { key, bytes } = readLive(store, ledger, number);
      while (!writer.hasRoomFor(bytes.length)) await writer.makeRoom();
      writer.append(key, bytes);
      if (turn % MOVES_PER_COMMIT === 0) index.moveSegments(await writer.syncWritten());
    }
    index.moveSegments(await writer.drain());
  } finally {
    await writer.close();
  }
}

function readLive(
  store: CollectedStore,
  ledger: BlockLedger,
  number: number,
): { key: BlockKey; bytes: Uint8Array } {
  const row = ledger.row(number);
  const bytes = store.reader.read(row.key, row);
  if (!bytes) throw blockCorrupt(row.key, store.reader.pathOf(row.pack), row.offset);
  return { key: row.key, bytes };
}

function readNode(store: CollectedStore, cid: CID): Uint8Array {
  const key = keyOfCid(cid);
  const row = key === undefined ? undefined : store.index.find(key);
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

async function removeFile(files: PackFiles, id: string): Promise<void> {
  try {
    await files.remove(id);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
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
