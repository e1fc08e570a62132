import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { CID } from 'multiformats/cid';
import { describe, expect, it } from 'vitest';
import type { PackSizes } from '../../../src/lib/store/pack/pack-sizes.js';
import { PackedFsStore } from '../../../src/lib/store/backends/packed-fs-store.js';
import { pseudoRandomBytes } from '../../support/random-bytes.js';
import { inspectPackedStore } from '../../support/store-check.js';
import { useTemporaryDirectory } from '../../support/temporary-directory.js';

const temporaryDirectory = useTemporaryDirectory();
const sizes: Partial<PackSizes> = {
  packLimitBytes: 300_000,
  segmentBytes: { data: 1024 * 1024, node: 1024 * 1024 },
};

function open(): Promise<PackedFsStore> {
  return PackedFsStore.open({ path: temporaryDirectory(), sizes });
}

function diskBytes(): number {
  const packs = join(temporaryDirectory(), 'packs');
  return readdirSync(packs).reduce((sum, name) => sum + statSync(join(packs, name)).size, 0);
}

async function putMany(store: PackedFsStore, count: number, seed: number): Promise<CID[]> {
  const cids: CID[] = [];
  for (let index = 0; index < count; index++) {
    const size = index % 2 === 0 ? 5_000 + 13 * index : 100 + index;
    cids.push(await store.putRawBlock(pseudoRandomBytes(size, seed + index)));
    if (index % 25 === 24) await store.flush();
  }
  await store.flush();
  return cids;
}

describe('PackedFsStore.gc()', () => {
  it.each([1, 2, 3, 5, 9, 40])(
    'gives back exactly what the dry run says when 1 in %i blocks lives',
    async (step) => {
      const store = await open();
      const cids = await putMany(store, 200, 1);
      const live = cids.filter((_cid, index) => index % step === 0);
      const before = diskBytes();

      const planned = await store.gc(live, { dryRun: true });
      const untouched = diskBytes();
      const done = await store.gc(live);

      expect(untouched).toBe(before);
      expect(done).toEqual(planned);
      expect(before - diskBytes()).toBe(done.reclaimedBytes);
      expect([done.keptBlocks, done.deletedBlocks]).toEqual([live.length, 200 - live.length]);
      for (const cid of live) await store.getBlock(cid);
      expect((await store.gc(live)).reclaimedBytes).toBe(0);
      await store.close();
      expect(inspectPackedStore(temporaryDirectory()).indexed).toHaveLength(live.length);
    },
  );

  it('leaves at most twice the space of what lives', async () => {
    const store = await open();
    const cids = await putMany(store, 200, 1000);
    const live = cids.filter((_cid, index) => index % 20 === 0);

    await store.gc(live);

    const needed = live.length * 3 * 4096;
    expect(diskBytes()).toBeLessThan(2 * needed + 4 * 4096);
    await store.close();
  });

  it('moves nothing out of files that somebody maps', async () => {
    const store = await open();
    const cids = await putMany(store, 200, 1);
    const live = cids[0]!;
    const place = store.locate([live])[0]!;
    const mappedFiles = () => Promise.resolve(new Set([place.packPath]));

    const planned = await store.gc([live], { mappedFiles, dryRun: true });
    const done = await store.gc([live], { mappedFiles });

    expect(done).toEqual(planned);
    expect(store.locate([live])[0]).toEqual(place);
    await store.gc([live]);
    expect(store.locate([live])[0]).not.toEqual(place);
    await store.close();
  });

  it('reads the roots only once nobody else can write', async () => {
    const store = await open();
    const late = await PackedFsStore.open({
      path: temporaryDirectory(),
      lockWait: { waitMs: 10_000 },
    });
    const collection = PackedFsStore.open({
      path: temporaryDirectory(),
      lockWait: { waitMs: 10_000 },
    });
    const collector = await collection;
    const installed: CID[] = [];
    function* roots(): Generator<CID> {
      yield* installed;
    }
    const running = collector.gc(roots());

    installed.push(await late.putNode({ late: true }));
    await late.close();
    await store.close();
    const result = await running;

    expect(result.keptBlocks).toBe(1);
    expect(await collector.getNode(installed[0]!)).toEqual({ late: true });
    await collector.close();
  });

  it('removes pack files that nothing knows', async () => {
    const store = await open();
    const cid = await store.putNode({ a: 1 });
    await store.flush();
    const orphan = join(temporaryDirectory(), 'packs', `${'ab'.repeat(16)}.pack`);
    writeFileSync(orphan, new Uint8Array(1234));

    const result = await store.gc([cid]);

    expect(result.reclaimedBytes).toBe(1234);
    expect(readdirSync(join(temporaryDirectory(), 'packs'))).toHaveLength(1);
    await store.close();
  });

  it('lets puts that come meanwhile wait and keeps them', async () => {
    const store = await open();
    await putMany(store, 50, 5);

    const collection = store.gc([]);
    const cid = await store.putRawBlock(Uint8Array.of(1, 2, 3));
    await collection;
    await store.close();

    const reopened = await open();
    expect(await reopened.has(cid)).toBe(true);
    expect(await reopened.getBlockCount()).toBe(1);
    await reopened.close();
  });
});

describe('PackedFsStore.locate()', () => {
  it('says where a block lies, page-aligned and padded with zeros', async () => {
    const store = await open();
    const bytes = pseudoRandomBytes(10_000, 1);
    const cid = await store.putRawBlock(bytes);
    const pending = store.locate([cid])[0];
    await store.flush();

    const location = store.locate([cid])[0]!;

    expect(pending).toBeUndefined();
    expect([location.offsetBytes % 4096, location.lengthBytes]).toEqual([0, 10_000]);
    const pack = readFileSync(location.packPath);
    const stored = pack.subarray(location.offsetBytes, location.offsetBytes + 12_288);
    expect(stored.subarray(0, 10_000).equals(bytes)).toBe(true);
    expect(stored.subarray(10_000).every((byte) => byte === 0)).toBe(true);
    await store.close();
  });

  it('returns nothing for a block that the store does not have', async () => {
    const store = await open();
    const cid = await store.putNode({});
    await store.gc([]);

    expect(store.locate([cid])[0]).toBeUndefined();
    await store.close();
  });
});

describe('PackedFsStore', () => {
  it('appends to the packs of earlier sessions', async () => {
    for (let turn = 0; turn < 5; turn++) {
      const store = await open();
      await store.putRawBlock(pseudoRandomBytes(5_000, turn + 1));
      await store.putNode({ turn });
      await store.close();
    }

    expect(readdirSync(join(temporaryDirectory(), 'packs'))).toHaveLength(2);
    expect(inspectPackedStore(temporaryDirectory())).toMatchObject({ unreadable: [] });
  });

  it('starts a new pack at the limit', async () => {
    const store = await open();
    await putMany(store, 200, 1);
    await store.close();

    const packs = join(temporaryDirectory(), 'packs');
    const fileSizes = readdirSync(packs).map((name) => statSync(join(packs, name)).size);
    expect(fileSizes.length).toBeGreaterThan(3);
    for (const size of fileSizes) expect(size).toBeLessThanOrEqual(300_000);
  });

  it('refuses puts when it was opened read-only', async () => {
    await (await open()).close();
    const store = await PackedFsStore.open({ path: temporaryDirectory(), readOnly: true });

    await expect(store.putNode({})).rejects.toThrow('read-only');
    await store.close();
  });

  it('refuses a store that a newer program has written', async () => {
    await (await open()).close();
    const database = new Database(join(temporaryDirectory(), 'index.db'));
    database.exec('PRAGMA user_version = 99');
    database.close();

    await expect(open()).rejects.toMatchObject({ code: 'STORE_FORMAT_UNSUPPORTED' });
  });
});
