/**
 * Repair of packs, run while no other process writes. What a crash leaves at each step:
 *
 *     1. verify                      nothing has changed
 *     2. forget the counts           they are made anew from the nodes; write the record of pins
 *     3. copy good blocks of damaged packs, and good copies of bad ones, to new packs;
 *        rows follow batch by batch  each row points to a durable copy or to the damaged place
 *     4. delete the rows of packs in which nothing lives any more, then their files
 */
import { throwIfAborted } from '../../base/async.js';
import { isMonoError } from '../../errors.js';
import { ioError } from '../../io/io-error.js';
import { cidOfKey, isContentOf, type BlockKey } from '../block/block-id.js';
import type { BlockReader } from '../ipld-store.js';
import { BlockMover } from '../pack/block-mover.js';
import type { WritablePacks } from '../pack/writable-packs.js';
import { removePackFiles } from '../pack/pack-files.js';
import { encodeForPack, packKindOf } from '../pack/packed-block.js';
import { copiesIn } from './copies-in.js';
import { MAX_REPORTED, type RepairReport, type VerifyOptions } from './verify-report.js';
import { withVerified } from './verify-packs.js';
import type { VerifyRun } from './verify-run.js';

/** What a repair works on. */
export interface RepairJob {
  readonly store: WritablePacks;
  /** asked in turn for good copies, after the store's own packs */
  readonly sources: readonly BlockReader[];
}

/**
 * Moves what is good out of damaged packs, and puts good copies from the sources in place of what is
 * not. The row of a block that no source has stays, and with it the damaged pack.
 *
 * @throws {MonoError} `CANCELLED`, `IO_FAILED`, `DISK_FULL`
 */
export async function repairPacks(job: RepairJob, options: VerifyOptions): Promise<RepairReport> {
  return withVerified(job.store, options, async (run, before) => {
    const tally = { repairedBlocks: 0, lost: new Set<BlockKey>() };
    try {
      if (!before.isSound) await replaceDamaged(job, run, tally);
    } catch (error) {
      throw ioError(error, 'repair the store in', job.store.files.directory);
    }
    return {
      before,
      repairedBlocks: tally.repairedBlocks,
      lostCount: tally.lost.size,
      lost: [...tally.lost].slice(0, MAX_REPORTED).map((key) => cidOfKey(key).toString()),
    };
  });
}

interface Tally {
  repairedBlocks: number;
  readonly lost: Set<BlockKey>;
}

async function replaceDamaged(job: RepairJob, run: VerifyRun, tally: Tally): Promise<void> {
  job.store.index.forgetCounts();
  job.store.index.references.savePins();
  const mover = new BlockMover(job.store);
  try {
    const bad = new Set<BlockKey>(run.recount.missing());
    for (const number of numbersIn(run)) {
      throwIfAborted(run.signal);
      const row = run.ledger.row(number);
      const block = run.read(row.key, row);
      if (block) await mover.move(packKindOf(row.key, block), row.key, block);
      else bad.add(row.key);
    }
    const sources = [copiesIn(run, bad), ...job.sources];
    for (const key of bad) {
      throwIfAborted(run.signal);
      const bytes = await goodCopy(key, sources);
      if (!bytes) {
        tally.lost.add(key);
        continue;
      }
      const block = encodeForPack(key, bytes, job.store.coder);
      await mover.move(packKindOf(key, block), key, block);
    }
    tally.repairedBlocks = bad.size - tally.lost.size;
    await mover.finish();
  } finally {
    await mover.close();
  }
  await removeEmptied(job.store, run, tally.lost);
}

/** Returns the numbers of the blocks in damaged packs, in the order of their places. */
function numbersIn({ ledger, log }: VerifyRun): number[] {
  const numbers: number[] = [];
  for (let number = 0; number < ledger.count; number++) {
    if (log.damagedPacks.has(ledger.packOf(number))) numbers.push(number);
  }
  return numbers.sort((a, b) => ledger.compareByPlace(a, b));
}

async function goodCopy(
  key: BlockKey,
  sources: readonly Pick<BlockReader, 'getBlock'>[],
): Promise<Uint8Array | undefined> {
  for (const source of sources) {
    try {
      const bytes = await source.getBlock(cidOfKey(key));
      if (isContentOf(key, bytes)) return bytes;
    } catch (error) {
      if (!isMonoError(error) || error.code === 'CANCELLED') throw error;
    }
  }
  return undefined;
}

async function removeEmptied(
  store: WritablePacks,
  run: VerifyRun,
  lost: ReadonlySet<BlockKey>,
): Promise<void> {
  const needed = new Set([...lost].map((key) => run.snapshot.blocks.find(key)?.pack));
  const emptied = run.packs.filter(
    ({ pack }) => run.log.damagedPacks.has(pack) && !needed.has(pack),
  );
  if (emptied.length === 0) return;
  store.index.deleteBlocksAndPacks([], emptied);
  await removePackFiles(
    store.files,
    emptied.map(({ id }) => id),
  );
}
