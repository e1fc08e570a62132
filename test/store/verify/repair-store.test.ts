import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { CID } from 'multiformats/cid';
import { describe, expect, it } from 'vitest';
import { isMonoError } from '../../../src/lib/errors.js';
import { MemoryStore } from '../../../src/lib/store/backends/memory-store.js';
import { PackedFsStore } from '../../../src/lib/store/backends/packed-fs-store.js';
import { fillStore, packPathsOf, SMALL_SIZES, writeAt } from '../../support/damaged-store.js';
import { rejectionOf } from '../../support/failure.js';
import { failFrom } from '../../support/faulty-pack-files.js';
import { pseudoRandomBytes } from '../../support/random-bytes.js';
import { useTemporaryDirectory } from '../../support/temporary-directory.js';

const temporaryDirectory = useTemporaryDirectory();

function open(path = temporaryDirectory()): Promise<PackedFsStore> {
  return PackedFsStore.open({ path, sizes: SMALL_SIZES, lockWait: { waitMs: 50 } });
}

async function copyOfAll(): Promise<MemoryStore> {
  const copy = new MemoryStore();
  await fillStore(copy);
  return copy;
}

async function expectWhole(store: PackedFsStore, cids: readonly CID[]): Promise<void> {
  expect(await store.verify()).toMatchObject({ isSound: true, findings: [], missing: [] });
  for (const cid of cids) await store.getBlock(cid);
}

function changeIndex(sql: string): void {
  const database = new Database(join(temporaryDirectory(), 'index.db'));
  expect(database.prepare(sql).run().changes).toBeGreaterThan(0);
  database.close();
}

/** Flips a bit every 3,000 bytes, which hits each pack. */
function damageAllPacks(path = temporaryDirectory()): void {
  for (const pack of packPathsOf(path)) {
    const bytes = readFileSync(pack);
    for (let offset = 5; offset < bytes.length; offset += 3_000) bytes[offset]! ^= 4;
    writeAt(pack, bytes, 0);
  }
}

describe('PackedFsStore.repair()', () => {
  it('does nothing to a sound store', async () => {
    const store = await open();
    const cids = await fillStore(store);
    const packs = packPathsOf(temporaryDirectory());

    const report = await store.repair([]);

    expect(report).toMatchObject({ repairedBlocks: 0, lostCount: 0 });
    expect(report.before.isSound).toBe(true);
    expect(packPathsOf(temporaryDirectory())).toEqual(packs);
    await expectWhole(store, cids);
    await store.close();
  });

  it.each([
    ['flipped bits', () => damageAllPacks()],
    ['a missing pack', () => rmSync(packPathsOf(temporaryDirectory())[0]!)],
    ['an empty pack', () => writeFileSync(packPathsOf(temporaryDirectory())[1]!, '')],
    ['rows that were deleted', () => changeIndex('DELETE FROM blocks WHERE size < 100')],
  ])('takes good copies of what %s have damaged', async (_name, damage) => {
    const store = await open();
    const cids = await fillStore(store);
    damage();

    const report = await store.repair([new MemoryStore(), await copyOfAll()]);

    expect(report.before.isSound).toBe(false);
    expect([report.repairedBlocks > 0, report.lostCount]).toEqual([true, 0]);
    await expectWhole(store, cids);
    expect((await store.repair([])).before.isSound).toBe(true);
    await store.close();
    const reopened = await open();
    await expectWhole(reopened, cids);
    await reopened.close();
  });

  it.each([
    ['rows that point elsewhere', 'UPDATE blocks SET offset = offset + 1'],
    ['rows with another length', 'UPDATE blocks SET stored = 3, size = 3 WHERE size > 100'],
    ['rows of an unknown pack', 'UPDATE blocks SET pack = 99'],
    ['rows that were deleted', 'DELETE FROM blocks WHERE size = 5000'],
    ['wrong reference counts', 'UPDATE links SET count = 7'],
  ])('mends %s from the packs alone', async (_name, sql) => {
    const store = await open();
    const cids = await fillStore(store);
    expect(await store.getReferenceCount(cids[0]!)).toBe(2);
    changeIndex(sql);

    const report = await store.repair([]);

    expect(report).toMatchObject({ lostCount: 0, before: { isSound: false } });
    await expectWhole(store, cids);
    expect(await store.getReferenceCount(cids[0]!)).toBe(2);
    await store.close();
  });

  it('keeps damaged blocks that no source has, until one does', async () => {
    const store = await open();
    const cids = await fillStore(store);
    damageAllPacks();

    const first = await store.repair([new MemoryStore()]);
    const second = await store.repair([]);

    expect(first.lostCount).toBeGreaterThan(0);
    expect(second).toMatchObject({ repairedBlocks: 0, lost: first.lost });
    expect(await store.getBlockCount()).toBe(cids.length);
    await store.repair([await copyOfAll()]);
    await expectWhole(store, cids);
    await store.close();
  });

  it('takes no wrong bytes from a source', async () => {
    const store = await open();
    await fillStore(store);
    damageAllPacks();
    const liar = {
      getBlock: () => Promise.resolve(new Uint8Array(9)),
      has: () => Promise.resolve(true),
    };

    const report = await store.repair([liar]);

    expect([report.repairedBlocks, report.lostCount > 0]).toEqual([0, true]);
    await store.close();
  });

  it('is refused while another writer has the store open', async () => {
    const store = await open();
    const other = await open();

    const failure = await rejectionOf(store.repair([]));

    expect(failure.code).toBe('STORE_LOCKED');
    await other.close();
    await store.close();
  });

  it('loses nothing whichever operation on the files fails', async () => {
    const copy = await copyOfAll();
    const pinned = await copy.putRawBlock(pseudoRandomBytes(70, 9));
    let from = 1;
    for (let failed = true; failed; from++) {
      const path = join(temporaryDirectory(), `${from}`);
      const before = await open(path);
      const cids = await fillStore(before);
      await before.pin(await before.putRawBlock(pseudoRandomBytes(70, 9)));
      await before.close();
      damageAllPacks(path);
      const fault = { code: 'EIO', tornWrites: true, from } as const;
      let operations = { count: 0 };
      const store = await PackedFsStore.open({
        path,
        sizes: SMALL_SIZES,
        wrapFiles: (files) => {
          const faulty = failFrom(files, fault);
          operations = faulty.operations;
          return faulty.files;
        },
      });

      await store.repair([copy]).catch((error: unknown) => {
        if (!isMonoError(error, 'IO_FAILED')) throw error;
      });

      failed = operations.count >= from;
      await store.close();
      const after = await open(path);
      await after.repair([copy]);
      await expectWhole(after, [...cids, pinned]);
      await after.close();
    }
    expect(from).toBeGreaterThan(8);
  });
});
