/**
 * A process that writes to a store until it is killed, for tests of crashes.
 *
 * usage: backend-writer.ts rocks|dual PATH SEED
 *
 * Round after round puts blocks that depend on SEED and the round alone, flushes, and says
 * `flushed <round>`; deletes all but those of the first round, and says `collected`, after every fifth.
 */
import { join } from 'node:path';
import type { CID } from 'multiformats/cid';
import { DualStore } from '../../src/lib/store/backends/dual-store.js';
import { FlatFsStore } from '../../src/lib/store/backends/flat-fs-store.js';
import { PackedFsStore } from '../../src/lib/store/backends/packed-fs-store.js';
import { RocksDbStore } from '../../src/lib/store/backends/rocks-db-store.js';
import type { IpldStore } from '../../src/lib/store/ipld-store.js';
import { blocksOfRound } from './store-writer.js';

/** A kind of store that the writer writes to. */
export type WrittenKind = 'rocks' | 'dual';

/** After how many rounds the writer collects. */
export const ROUNDS_PER_COLLECTION = 5;

/** Opens the store as the writer does. */
export async function openWritten(kind: WrittenKind, path: string): Promise<IpldStore> {
  if (kind === 'rocks') return RocksDbStore.open({ path });
  const near = await FlatFsStore.open({ path: join(path, 'near') });
  return new DualStore({ near, far: await PackedFsStore.open({ path: join(path, 'far') }) });
}

const [kind, path, seed] = process.argv.slice(2);
if (kind !== undefined && path !== undefined && seed !== undefined) {
  await main(kind as WrittenKind, path, Number(seed));
}

async function main(kind: WrittenKind, path: string, seed: number): Promise<void> {
  const store = await openWritten(kind, path);
  const first: CID[] = [];
  for (let round = 0; ; round++) {
    for (const block of blocksOfRound(seed, round)) {
      const cid = await store.putRawBlock(block);
      if (round === 0) first.push(cid);
    }
    await store.flush();
    process.stdout.write(`flushed ${round}\n`);
    if (round % ROUNDS_PER_COLLECTION !== ROUNDS_PER_COLLECTION - 1) continue;
    await store.gc(first);
    process.stdout.write('collected\n');
  }
}
