import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { CID } from 'multiformats/cid';
import { describe, expect, it } from 'vitest';
import { isMonoError } from '../../../src/lib/errors.js';
import { FlatFsStore } from '../../../src/lib/store/backends/flat-fs-store.js';
import { failFlatFrom } from '../../support/faulty-flat-files.js';
import type { Fault } from '../../support/faulty-pack-files.js';
import { pseudoRandomBytes } from '../../support/random-bytes.js';
import { useTemporaryDirectory } from '../../support/temporary-directory.js';

const temporaryDirectory = useTemporaryDirectory();

const faultKinds: readonly Omit<Fault, 'from'>[] = [
  { code: 'EIO', tornWrites: false },
  { code: 'ENOSPC', tornWrites: true },
];

/** Runs `act` on a store whose file operations fail from number `fault.from` on, and closes it. */
async function runWithFault(
  path: string,
  fault: Fault,
  act: (store: FlatFsStore) => Promise<unknown>,
): Promise<{ readonly failed: boolean }> {
  let operations = { count: 0 };
  const store = await FlatFsStore.open({
    path,
    wrapFiles: (files) => {
      const faulty = failFlatFrom(files, fault);
      operations = faulty.operations;
      return faulty.files;
    },
  });
  const errors: unknown[] = [];
  await act(store).catch((error: unknown) => errors.push(error));
  await store.close().catch((error: unknown) => errors.push(error));
  const expected = fault.code === 'EIO' ? 'IO_FAILED' : 'DISK_FULL';
  for (const error of errors) if (!isMonoError(error, expected)) throw error;
  const failed = operations.count >= fault.from;
  expect(errors.length > 0).toBe(failed);
  return { failed };
}

async function putTree(store: FlatFsStore, seed: number): Promise<{ root: CID; leaves: CID[] }> {
  const leaves: CID[] = [];
  for (let index = 0; index < 3; index++) {
    leaves.push(await store.putRawBlock(pseudoRandomBytes(500, seed + index)));
  }
  return { root: await store.putNode(leaves), leaves };
}

describe.each(faultKinds)('FlatFsStore when files fail with $code', (kind) => {
  it('keeps what was put before, whichever operation of a put fails', async () => {
    let from = 1;
    for (let failed = true; failed; from++) {
      const path = join(temporaryDirectory(), `${from}`);
      const before = await FlatFsStore.open({ path });
      const kept = await putTree(before, 1000);
      await before.close();

      ({ failed } = await runWithFault(path, { ...kind, from }, (store) => putTree(store, 2000)));

      const after = await FlatFsStore.open({ path });
      for (const cid of [kept.root, ...kept.leaves]) await after.getBlock(cid);
      const again = await putTree(after, 2000);
      for (const cid of [again.root, ...again.leaves]) await after.getBlock(cid);
      await after.gc([kept.root]);
      expect(await after.getBlockCount()).toBe(4);
      expect(readdirSync(join(path, 'tmp'))).toEqual([]);
      await after.close();
    }
    expect(from).toBeGreaterThan(15);
  });

  it.each(['gc', 'dereference'] as const)(
    'has deleted all or nothing, whichever operation of %s fails',
    async (action) => {
      let from = 1;
      for (let failed = true; failed; from++) {
        const path = join(temporaryDirectory(), `${from}`);
        const before = await FlatFsStore.open({ path });
        const kept = await putTree(before, 1000);
        const dead = await putTree(before, 2000);
        await before.close();

        ({ failed } = await runWithFault(path, { ...kind, from }, (store) =>
          action === 'gc' ? store.gc([kept.root]) : store.dereference(dead.root),
        ));

        const after = await FlatFsStore.open({ path });
        for (const cid of [kept.root, ...kept.leaves]) await after.getBlock(cid);
        const left = [];
        for (const cid of [dead.root, ...dead.leaves]) if (await after.has(cid)) left.push(cid);
        expect(left).toEqual([]);
        expect(await after.getReferenceCount(kept.leaves[0]!)).toBe(1);
        expect(await after.getReferenceCount(dead.leaves[0]!)).toBe(0);
        await after.close();
      }
      expect(from).toBeGreaterThan(5);
    },
  );

  it('takes nothing more after a deletion has failed', async () => {
    const path = temporaryDirectory();
    const store = await FlatFsStore.open({ path, wrapFiles: (files) => files });
    const { root } = await putTree(store, 1);
    await store.close();
    const faulty = await FlatFsStore.open({
      path,
      wrapFiles: (files) => failFlatFrom(files, { ...kind, from: 2 }).files,
    });

    await expect(faulty.gc([])).rejects.toThrow();
    await expect(faulty.putNode({ more: 1 })).rejects.toThrow();
    await faulty.close().catch(() => undefined);

    const after = await FlatFsStore.open({ path });
    expect([await after.has(root), await after.isEmpty()]).toEqual([false, true]);
    await after.close();
  });
});
