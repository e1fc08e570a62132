/**
 * A process that writes to a flat store until it is killed, for tests of crashes.
 *
 * usage: flat-writer.ts PATH SEED
 *
 * Puts blocks that depend on SEED and their number, says `put <number>` on stdout for each, and deletes
 * all but the first, and says `collected`, after every twentieth.
 */
import { FlatFsStore } from '../../src/lib/store/backends/flat-fs-store.js';
import { pseudoRandomBytes } from './random-bytes.js';

/** Returns a block of a writer. */
export function blockOf(seed: number, number: number): Uint8Array {
  return pseudoRandomBytes(100 + number * 37, seed * 1_000 + number + 1);
}

const [path, seed] = process.argv.slice(2);
if (path !== undefined && seed !== undefined) await main(path, Number(seed));

async function main(path: string, seed: number): Promise<void> {
  const store = await FlatFsStore.open({ path, lockWaitMs: 20_000 });
  const first = await store.putRawBlock(blockOf(seed, 0));
  for (let number = 1; ; number++) {
    await store.putRawBlock(blockOf(seed, number));
    process.stdout.write(`put ${number}\n`);
    if (number % 20 !== 0) continue;
    await store.gc([first]);
    process.stdout.write('collected\n');
  }
}
