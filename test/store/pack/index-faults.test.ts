import { join } from 'node:path';
import type { CID } from 'multiformats/cid';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { isMonoError } from '../../../src/lib/errors.js';
import { ioError } from '../../../src/lib/io/io-error.js';
import { SqliteDatabase, SqliteStatement } from '../../../src/lib/io/sqlite-database.js';
import { PackedFsStore } from '../../../src/lib/store/backends/packed-fs-store.js';
import { fillStore, SMALL_SIZES } from '../../support/damaged-store.js';
import { pseudoRandomBytes } from '../../support/random-bytes.js';
import { useTemporaryDirectory } from '../../support/temporary-directory.js';

const temporaryDirectory = useTemporaryDirectory();

afterEach(() => {
  vi.restoreAllMocks();
});

function open(path: string): Promise<PackedFsStore> {
  return PackedFsStore.open({ path, sizes: { ...SMALL_SIZES, flushBlocks: 10_000 } });
}

/** Opens a store of which the index's file can grow by `pages` pages and no more. */
async function openWithRoomFor(pages: number, path: string): Promise<PackedFsStore> {
  const spy = vi.spyOn(SqliteDatabase.prototype, 'prepare');
  const store = await open(path);
  const database = spy.mock.contexts[0] as SqliteDatabase;
  spy.mockRestore();
  const size = database.prepare<[], number>('PRAGMA page_count').pluck().get() ?? 0;
  database.prepare(`PRAGMA max_page_count = ${size + pages}`).get();
  return store;
}

/** Makes statement number `from` of the index that writes, and every later one, fail. */
function failWritesFrom(from: number): { count: number } {
  const writes = { count: 0 };
  type Run = SqliteStatement<unknown[], unknown>['run'];
  const run = Reflect.get(SqliteStatement.prototype, 'run') as Run;
  vi.spyOn(SqliteStatement.prototype, 'run').mockImplementation(function (
    this: SqliteStatement<unknown[], unknown>,
    ...parameters
  ) {
    writes.count += 1;
    if (writes.count < from) return run.apply(this, parameters);
    const error = Object.assign(new Error('disk I/O error'), { code: 'SQLITE_IOERR_WRITE' });
    throw ioError(error, 'use the database', 'index.db');
  });
  return writes;
}

/** Runs `act` and closes the store; both may fail with `code`. Returns whether one did. */
async function mayFail(
  store: PackedFsStore,
  code: 'DISK_FULL' | 'IO_FAILED',
  act: () => Promise<unknown>,
): Promise<boolean> {
  const errors: unknown[] = [];
  await act().catch((error: unknown) => errors.push(error));
  await store.close().catch((error: unknown) => errors.push(error));
  for (const error of errors) if (!isMonoError(error, code)) throw error;
  return errors.length > 0;
}

async function expectGoesOn(path: string, kept: readonly CID[]): Promise<void> {
  const store = await open(path);
  expect(await store.verify()).toMatchObject({ isSound: true, findings: [] });
  for (const cid of kept) expect(await store.has(cid)).toBe(true);
  await putMany(store, 10);
  await store.gc(kept);
  expect(await store.verify()).toMatchObject({ isSound: true, blockCount: kept.length });
  await store.close();
}

async function putMany(store: PackedFsStore, count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++)
    await store.putRawBlock(pseudoRandomBytes(40, 5_000 + turn));
  await store.flush();
}

describe('PackedFsStore when its index cannot be written', () => {
  it('goes on after a flush for which the index had no room, however little it lacked', async () => {
    let pages = 0;
    for (let failed = true; failed; pages++) {
      const path = join(temporaryDirectory(), `${pages}`);
      const before = await open(path);
      const cids = await fillStore(before);
      await before.close();

      const store = await openWithRoomFor(pages, path);
      failed = await mayFail(store, 'DISK_FULL', () => putMany(store, 200));

      await expectGoesOn(path, cids);
    }
    expect(pages).toBeGreaterThan(3);
  });

  it('goes on whichever statement of a put, flush or collection fails', async () => {
    let from = 1;
    for (let failed = true; failed; from++) {
      const path = join(temporaryDirectory(), `${from}`);
      const before = await open(path);
      const cids = await fillStore(before);
      await before.close();

      const store = await open(path);
      const writes = failWritesFrom(from);
      failed = await mayFail(store, 'IO_FAILED', async () => {
        for (let turn = 0; turn < 12; turn++) {
          await store.putRawBlock(pseudoRandomBytes(9_000, 700 + turn));
        }
        await store.flush();
        await store.gc(cids);
      });
      vi.restoreAllMocks();

      expect(failed).toBe(writes.count >= from);
      await expectGoesOn(path, cids);
    }
    expect(from).toBeGreaterThan(15);
  });
});
