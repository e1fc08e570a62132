import { join } from 'node:path';
import type { CID } from 'multiformats/cid';
import { describe, expect, it } from 'vitest';
import { isMonoError } from '../../../src/lib/errors.js';
import { RocksDbStore } from '../../../src/lib/store/backends/rocks-db-store.js';
import { failRocksFrom, type RocksFault } from '../../support/faulty-rocks.js';
import { pseudoRandomBytes } from '../../support/random-bytes.js';
import { useTemporaryDirectory } from '../../support/temporary-directory.js';

const temporaryDirectory = useTemporaryDirectory();

const faultKinds = [
  { code: 'IO_FAILED', message: 'IO error: injected' },
  { code: 'DISK_FULL', message: 'IO error: No space left on device: injected' },
] as const;

/** Runs `act` on a store whose calls fail from number `fault.from` on, and closes it. */
async function runWithFault(
  path: string,
  fault: RocksFault & { readonly code: (typeof faultKinds)[number]['code'] },
  act: (store: RocksDbStore) => Promise<unknown>,
): Promise<{ readonly failed: boolean }> {
  const { load, calls } = failRocksFrom(fault);
  const store = await RocksDbStore.open({ path, load });
  const errors: unknown[] = [];
  await act(store).catch((error: unknown) => errors.push(error));
  await store.close().catch((error: unknown) => errors.push(error));
  for (const error of errors) if (!isMonoError(error, fault.code)) throw error;
  const failed = calls.count >= fault.from;
  expect(errors.length > 0).toBe(failed);
  return { failed };
}

async function putTree(store: RocksDbStore, seed: number): Promise<CID[]> {
  const leaves: CID[] = [];
  for (let index = 0; index < 3; index++) {
    leaves.push(await store.putRawBlock(pseudoRandomBytes(500, seed + index)));
  }
  return [await store.putNode(leaves), ...leaves];
}

async function presentOf(store: RocksDbStore, cids: readonly CID[]): Promise<number> {
  let present = 0;
  for (const cid of cids) if (await store.has(cid)) present += 1;
  return present;
}

describe.each(faultKinds)('RocksDbStore when its calls fail with $code', (kind) => {
  it('keeps what was flushed before, whichever call of a put or flush fails', async () => {
    let from = 1;
    for (let failed = true; failed; from++) {
      const path = join(temporaryDirectory(), `${from}`);
      const before = await RocksDbStore.open({ path });
      const kept = await putTree(before, 1_000);
      await before.close();

      ({ failed } = await runWithFault(path, { ...kind, from }, async (store) => {
        await putTree(store, 2_000);
        await store.flush();
      }));

      const after = await RocksDbStore.open({ path });
      for (const cid of kept) await after.getBlock(cid);
      for (const cid of await putTree(after, 2_000)) await after.getBlock(cid);
      expect((await after.gc([kept[0]!])).keptBlocks).toBe(4);
      await after.close();
    }
    expect(from).toBeGreaterThan(8);
  });
});

describe('RocksDbStore when its calls fail', () => {
  it.each(['gc', 'dereference', 'pin'] as const)(
    'has done all or nothing, whichever call of %s fails',
    async (action) => {
      let from = 1;
      for (let failed = true; failed; from++) {
        const path = join(temporaryDirectory(), `${from}`);
        const before = await RocksDbStore.open({ path });
        const kept = await putTree(before, 1_000);
        const dead = await putTree(before, 2_000);
        await before.close();

        ({ failed } = await runWithFault(path, { ...faultKinds[0], from }, async (store) => {
          if (action === 'gc') await store.gc([kept[0]!]);
          else await store[action](dead[0]!);
        }));

        const after = await RocksDbStore.open({ path });
        expect(await presentOf(after, kept)).toBe(4);
        const left = await presentOf(after, dead);
        expect(action === 'pin' ? [4] : [0, 4]).toContain(left);
        expect(await after.getReferenceCount(dead[1]!)).toBe(left === 0 ? 0 : 1);
        expect(await after.getReferenceCount(kept[1]!)).toBe(1);
        await after.close();
      }
      expect(from).toBeGreaterThan(3);
    },
  );
});
