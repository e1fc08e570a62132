import type { CID } from 'multiformats/cid';
import { describe, expect, it } from 'vitest';
import { isMonoError } from '../../../src/lib/errors.js';
import type { PackSizes } from '../../../src/lib/store/pack/pack-sizes.js';
import { PackedFsStore } from '../../../src/lib/store/backends/packed-fs-store.js';
import { failFrom, type Fault } from '../../support/faulty-pack-files.js';
import { pseudoRandomBytes } from '../../support/random-bytes.js';
import { inspectPackedStore } from '../../support/store-check.js';
import { useTemporaryDirectory } from '../../support/temporary-directory.js';

const temporaryDirectory = useTemporaryDirectory();

/** So small that a few blocks make several segments and packs. */
const sizes: PackSizes = {
  packLimitBytes: 100_000,
  segmentBytes: { data: 1024 * 1024, node: 1024 * 1024 },
  flushBytes: 1024 * 1024,
  flushBlocks: 8,
};

const faultKinds: readonly Omit<Fault, 'from'>[] = [
  { code: 'EIO', tornWrites: false },
  { code: 'ENOSPC', tornWrites: true },
];

interface FaultyRun {
  /** whether the fault came at all */
  readonly failed: boolean;
}

/** Runs `act` on a store whose file operations fail from number `fault.from` on, and closes it. */
async function runWithFault(
  path: string,
  fault: Fault,
  act: (store: PackedFsStore) => Promise<unknown>,
): Promise<FaultyRun> {
  let operations = { count: 0 };
  const store = await PackedFsStore.open({
    path,
    sizes,
    wrapFiles: (files) => {
      const faulty = failFrom(files, fault);
      operations = faulty.operations;
      return faulty.files;
    },
  });
  const errors: unknown[] = [];
  await act(store).catch((error: unknown) => errors.push(error));
  await store.close().catch((error: unknown) => errors.push(error));
  const expected = fault.code === 'EIO' ? 'IO_FAILED' : 'DISK_FULL';
  for (const error of errors) {
    if (!isMonoError(error, expected)) throw error;
  }
  const failed = operations.count >= fault.from;
  expect(errors.length > 0).toBe(failed);
  return { failed };
}

async function putBlocks(store: PackedFsStore, seed: number): Promise<CID[]> {
  const cids: CID[] = [];
  for (let index = 0; index < 20; index++) {
    const size = index % 3 === 0 ? 20_000 : 100;
    cids.push(await store.putRawBlock(pseudoRandomBytes(size, seed + index)));
  }
  return cids;
}

describe.each(faultKinds)('PackedFsStore when pack files fail with $code', (kind) => {
  it('keeps what was flushed before, whichever operation of a put or flush fails', async () => {
    let from = 1;
    for (let failed = true; failed; from++) {
      const path = `${temporaryDirectory()}/${from}`;
      const before = await PackedFsStore.open({ path, sizes });
      const kept = await putBlocks(before, 1000);
      await before.close();

      ({ failed } = await runWithFault(path, { ...kind, from }, async (store) => {
        await putBlocks(store, 2000);
        await store.flush();
        await putBlocks(store, 3000);
      }));

      const after = await PackedFsStore.open({ path, sizes });
      for (const cid of kept) expect(await after.has(cid)).toBe(true);
      await putBlocks(after, 2000);
      await after.close();
      const { indexed, unreadable } = inspectPackedStore(path);
      expect(unreadable).toEqual([]);
      expect(indexed.length).toBeGreaterThanOrEqual(40);
    }
    expect(from).toBeGreaterThan(15);
  });

  it('keeps what roots reach, whichever operation of a collection fails', async () => {
    let from = 1;
    for (let failed = true; failed; from++) {
      const path = `${temporaryDirectory()}/${from}`;
      const before = await PackedFsStore.open({ path, sizes });
      const cids = await putBlocks(before, 1000);
      await before.flush();
      const live = cids.filter((_cid, index) => index % 6 === 0);
      const root = await before.putNode(live);
      await before.close();

      ({ failed } = await runWithFault(path, { ...kind, from }, (store) => store.gc([root])));

      const after = await PackedFsStore.open({ path, sizes });
      for (const cid of [root, ...live]) expect(await after.has(cid)).toBe(true);
      expect(inspectPackedStore(path).unreadable).toEqual([]);
      expect((await after.gc([root])).keptBlocks).toBe(1 + live.length);
      expect((await after.gc([root])).reclaimedBytes).toBe(0);
      await after.close();
      const { indexed, unreadable } = inspectPackedStore(path);
      expect([indexed.length, unreadable]).toEqual([1 + live.length, []]);
    }
    expect(from).toBeGreaterThan(8);
  });
});
