/**
 * A process that writes to a packed store, for tests of crashes and of several writers.
 *
 * usage: store-writer.ts PATH SEED ROUNDS MODE
 *
 * Puts 30 blocks per round that depend on SEED and the round alone, flushes, and says `flushed <round>`
 * on stdout. MODE `close` then closes the store and says `closed`, `hold` keeps it open until the process
 * is killed. `gc` deletes, round after round, everything but the blocks of the first round. `pin` pins
 * every block before it says that the round is flushed. `sweep` puts nothing: each round is one
 * collection without roots, or none where others write, and then `flushed <round>`.
 */
import type { CID } from 'multiformats/cid';
import { isMonoError } from '../../src/lib/errors.js';
import { PackedFsStore } from '../../src/lib/store/backends/packed-fs-store.js';
import { pseudoRandomBytes } from './random-bytes.js';

/** Returns the blocks that a writer with this seed puts in a round. */
export function blocksOfRound(seed: number, round: number): Uint8Array[] {
  return Array.from({ length: 30 }, (_, index) => {
    const size = index % 3 === 0 ? 6_000 + 500 * index : 40 + index;
    return pseudoRandomBytes(size, seed * 100_000 + round * 100 + index + 1);
  });
}

interface Job {
  readonly path: string;
  readonly seed: number;
  readonly rounds: number;
  readonly mode: string;
}

const [path, seed, rounds, mode] = process.argv.slice(2);
if (path !== undefined && mode !== undefined) {
  await main({ path, seed: Number(seed), rounds: Number(rounds), mode });
}

async function main(job: Job): Promise<void> {
  const { path, seed, rounds, mode } = job;
  const store = await PackedFsStore.open({
    path,
    sizes: { packLimitBytes: 400_000 },
    lockWait: { waitMs: 20_000 },
  });
  const first: CID[] = [];
  for (let round = 0; round < rounds; round++) {
    const blocks = mode === 'sweep' ? [] : blocksOfRound(seed, round);
    for (const block of blocks) {
      const cid = await store.putRawBlock(block);
      if (round === 0) first.push(cid);
      if (mode === 'pin') await store.pin(cid);
    }
    await store.flush();
    if (mode === 'sweep') await sweep(store);
    process.stdout.write(`flushed ${round}\n`);
    if (mode === 'gc' && round > 0) await store.gc(first);
  }
  // A store that nothing refers to is collected, and its lock with it.
  if (mode === 'hold') setInterval(() => store, 1_000);
  if (mode === 'hold') return;
  await store.close();
  process.stdout.write('closed\n');
}

async function sweep(store: PackedFsStore): Promise<void> {
  try {
    await store.gc([]);
  } catch (error) {
    if (!isMonoError(error, 'STORE_LOCKED')) throw error;
  }
}
