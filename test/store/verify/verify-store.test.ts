import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { PackedFsStore } from '../../../src/lib/store/backends/packed-fs-store.js';
import { fillStore, packPathsOf, SMALL_SIZES, writeAt } from '../../support/damaged-store.js';
import { rejectionOf } from '../../support/failure.js';
import { pseudoRandomBytes } from '../../support/random-bytes.js';
import { useTemporaryDirectory } from '../../support/temporary-directory.js';

const temporaryDirectory = useTemporaryDirectory();

function open(): Promise<PackedFsStore> {
  return PackedFsStore.open({
    path: temporaryDirectory(),
    sizes: SMALL_SIZES,
    lockWait: { waitMs: 50 },
  });
}

function packPaths(): string[] {
  return packPathsOf(temporaryDirectory());
}

function changeIndex(sql: string): void {
  const database = new Database(join(temporaryDirectory(), 'index.db'));
  expect(database.prepare(sql).run().changes).toBeGreaterThan(0);
  database.close();
}

/** A way to damage the file at `path`, whose content is `whole`; returns whether it changed anything. */
type Damage = (path: string, whole: Buffer, offset: number) => boolean;

const damages: Readonly<Record<string, Damage>> = {
  'a flipped bit': (path, whole, offset) => {
    writeAt(path, Uint8Array.of(whole[offset]! ^ (1 << (offset % 8))), offset);
    return true;
  },
  'a zeroed piece': (path, whole, offset) => {
    const piece = whole.subarray(offset, offset + 16);
    writeAt(path, new Uint8Array(piece.length), offset);
    return piece.some((byte) => byte !== 0);
  },
  'a lost end': (path, whole, offset) => {
    writeFileSync(path, whole.subarray(0, offset));
    return true;
  },
};

describe('PackedFsStore.verify()', () => {
  it('finds nothing in a store that was only used', async () => {
    const store = await open();
    const cids = await fillStore(store);
    await store.pin(cids[0]!);
    await store.getReferenceCount(cids[0]!);
    await fillStore(store);
    const garbage = await store.putRawBlock(pseudoRandomBytes(9_000, 1));
    await store.dereference(garbage);
    const seen: number[] = [];

    const report = await store.verify({
      onProgress: ({ checkedBytes }) => seen.push(checkedBytes),
    });

    expect(report).toMatchObject({ isSound: true, findingCount: 0, blockCount: cids.length });
    expect(seen.at(-1)).toBe(report.packBytes);
    await store.close();
  });

  it('finds damage at each of 1,000 places of the packs', async () => {
    const store = await open();
    await fillStore(store);
    const files = packPaths().map((path) => ({ path, whole: readFileSync(path) }));
    const totalBytes = files.reduce((sum, { whole }) => sum + whole.length, 0);
    const kinds = Object.entries(damages);
    const unnoticed: string[] = [];
    let places = 0;
    for (let turn = 0; places < 1_000; turn++) {
      const [name, damage] = kinds[turn % kinds.length]!;
      let offset = (turn * 7_919) % totalBytes;
      const file = files.find(({ whole }) => {
        if (offset < whole.length) return true;
        offset -= whole.length;
        return false;
      })!;
      if (!damage(file.path, file.whole, offset)) continue;
      places += 1;

      const { isSound } = await store.verify();

      if (isSound) unnoticed.push(`${name} at ${offset} of ${file.path}`);
      writeFileSync(file.path, file.whole);
    }
    expect(unnoticed).toEqual([]);
    expect((await store.verify()).isSound).toBe(true);
    await store.close();
  }, 120_000);

  it('finds a flipped bit in every byte of a small pack', async () => {
    const store = await open();
    await store.putNode({ a: await store.putRawBlock(pseudoRandomBytes(20, 1)) });
    await store.flush();
    const [path] = packPaths();
    const whole = readFileSync(path!);
    for (let offset = 0; offset < whole.length; offset++) {
      writeAt(path!, Uint8Array.of(whole[offset]! ^ 1), offset);
      expect((await store.verify()).findingCount, `byte ${offset}`).toBeGreaterThan(0);
      writeAt(path!, whole.subarray(offset, offset + 1), offset);
    }
    await store.close();
  });

  it.each([
    ['a missing pack', () => rmSync(packPaths()[0]!), 'file'],
    [
      'a row that points elsewhere',
      () => changeIndex('UPDATE blocks SET offset = offset + 1'),
      'row',
    ],
    ['a row with another length', () => changeIndex('UPDATE blocks SET size = size + 1'), 'row'],
    ['rows of an unknown pack', () => changeIndex('UPDATE blocks SET pack = 99'), 'row'],
    ['a wrong reference count', () => changeIndex('UPDATE links SET count = count + 1'), 'count'],
    ['a lost reference count', () => changeIndex('DELETE FROM links'), 'count'],
  ])('finds %s', async (_name, damage, kind) => {
    const store = await open();
    const cids = await fillStore(store);
    await store.getReferenceCount(cids[0]!);
    await store.close();
    damage();
    const reopened = await open();

    const report = await reopened.verify();

    expect(report.isSound).toBe(false);
    expect(report.findings.map((finding) => finding.kind)).toContain(kind);
    await reopened.close();
  });

  it('names blocks that nodes link to and the store does not have', async () => {
    const store = await open();
    const cids = await fillStore(store);
    const database = new Database(join(temporaryDirectory(), 'index.db'));
    database.prepare('DELETE FROM blocks WHERE size = 5000').run();
    database.close();

    const report = await store.verify();

    expect(report).toMatchObject({ isSound: false, findings: [], missing: [cids[0]!.toString()] });
    await store.close();
  });

  it('ends when its signal is aborted', async () => {
    const store = await open();
    await fillStore(store);

    const failure = await rejectionOf(store.verify({ signal: AbortSignal.abort() }));

    expect(failure.code).toBe('CANCELLED');
    await store.close();
  });
});
