/**
 * One test for each feature of the store that the product is for; the suites of the parts go into
 * each of them. The numbers are those of the list that the product was made from.
 */
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ChangeSetBuilder } from '../../src/lib/fs/change-set/change-set-builder.js';
import { flatten } from '../../src/lib/fs/change-set/flatten.js';
import { lookup } from '../../src/lib/fs/tree/lookup.js';
import { DualStore } from '../../src/lib/store/backends/dual-store.js';
import { FlatFsStore } from '../../src/lib/store/backends/flat-fs-store.js';
import { MemoryStore } from '../../src/lib/store/backends/memory-store.js';
import { PackedFsStore } from '../../src/lib/store/backends/packed-fs-store.js';
import { RocksDbStore } from '../../src/lib/store/backends/rocks-db-store.js';
import { fastCdc } from '../../src/lib/store/chunkers/fast-cdc.js';
import { gearCdc } from '../../src/lib/store/chunkers/gear-cdc.js';
import type { IpldStore } from '../../src/lib/store/ipld-store.js';
import { balancedDag } from '../../src/lib/store/layouts/balanced-dag.js';
import { CountingStore } from '../fs/support/counting-store.js';
import { bytes as path, fileOf } from '../fs/support/trees.js';
import { pseudoRandomBytes } from '../support/random-bytes.js';
import { readAll } from '../support/store-values.js';
import { useTemporaryDirectory } from '../support/temporary-directory.js';

const temporaryDirectory = useTemporaryDirectory();

/** Every store there is, by name. */
const stores: Readonly<Record<string, () => Promise<IpldStore>>> = {
  MemoryStore: () => Promise.resolve(new MemoryStore()),
  FlatFsStore: () => FlatFsStore.open({ path: join(temporaryDirectory(), 'flat') }),
  PackedFsStore: () => PackedFsStore.open({ path: join(temporaryDirectory(), 'packed') }),
  RocksDbStore: () => RocksDbStore.open({ path: join(temporaryDirectory(), 'rocks') }),
  DualStore: async () =>
    new DualStore({
      near: new MemoryStore(),
      far: await PackedFsStore.open({ path: join(temporaryDirectory(), 'far') }),
    }),
};
const everyStore = Object.keys(stores);

/** Returns the names of all files below a directory. */
function filesBelow(directory: string): string[] {
  const names = readdirSync(directory, { recursive: true, encoding: 'utf8' });
  return names.filter((name) => lstatSync(join(directory, name)).isFile());
}

function bytesBelow(directory: string, ending: string): number {
  return filesBelow(directory)
    .filter((name) => name.endsWith(ending))
    .reduce((sum, name) => sum + lstatSync(join(directory, name)).size, 0);
}

describe('row 3: the size of a file', () => {
  it('is in its metadata: nothing of the content is read', async () => {
    const store = new MemoryStore();
    const builder = new ChangeSetBuilder(store);
    const file = await fileOf(store, 'x'.repeat(700_000));
    builder.setEntry(path('a/f'), file);
    const root = await flatten(store, [await builder.commit()]);
    const counting = new CountingStore(store);

    const found = await lookup(counting, root, path('a/f'));

    expect(found).toMatchObject({ kind: 'file', sizeBytes: 700_000 });
    expect(counting.reads).not.toContain(String(file.content));
  });

  it.each(everyStore)('is answered by %s for a CID, from the root node alone', async (name) => {
    const store = await stores[name]!();
    const content = pseudoRandomBytes(3_000_000, 1);
    const { cid } = await store.putBytes([content]);
    const chunks = await store.getBlockCount();
    const root = await store.getBlock(cid);

    const fresh = new MemoryStore();
    await fresh.putBlock(cid, root);

    expect(chunks).toBeGreaterThan(10);
    expect(await store.getCidSize(cid)).toBe(3_000_000);
    expect(await fresh.getCidSize(cid)).toBe(3_000_000);
    await store.close();
  });
});

describe('row 5: stores optimised for writing or reading', () => {
  it.each(['RocksDbStore', 'PackedFsStore'])('%s keeps many blocks in few files', async (name) => {
    const store = await stores[name]!();
    const blocks = Array.from({ length: 500 }, (_, turn) => pseudoRandomBytes(300, turn + 1));
    const cids = [];
    for (const block of blocks) cids.push(await store.putRawBlock(block));
    await store.close();

    expect(filesBelow(temporaryDirectory()).length).toBeLessThan(20);
    const reopened = await stores[name]!();
    for (const [turn, cid] of cids.entries()) {
      expect(Buffer.compare(await reopened.getBlock(cid), blocks[turn]!)).toBe(0);
    }
    await reopened.close();
  });

  it('DualStore answers from a fast store what it has read from a slow one', async () => {
    const near = new MemoryStore();
    const far = await stores['PackedFsStore']!();
    const cid = await far.putNode({ far: true });
    const store = new DualStore({ near, far });

    await store.getNode(cid);

    expect(await near.getNode(cid)).toEqual({ far: true });
    await store.close();
  });
});

describe('row 6: compression', () => {
  const text = Buffer.from('the same words again and again; '.repeat(20_000));

  it.each(['gzip', 'zstd'] as const)('%s shortens block files and packs', async (compression) => {
    const flatPath = join(temporaryDirectory(), 'flat');
    const packedPath = join(temporaryDirectory(), 'packed');
    const written = [
      await FlatFsStore.open({ path: flatPath, compression }),
      await PackedFsStore.open({ path: packedPath, compression }),
    ];
    const cids = [];
    for (const store of written) {
      cids.push((await store.putBytes([text])).cid);
      await store.close();
    }

    expect(bytesBelow(flatPath, '.raw')).toBeLessThan(text.length / 10);
    expect(bytesBelow(packedPath, '.pack')).toBeLessThan(text.length / 10);
    const read = [
      await FlatFsStore.open({ path: flatPath }),
      await PackedFsStore.open({ path: packedPath }),
    ];
    for (const [turn, store] of read.entries()) {
      expect((await readAll(store.getBytes(cids[turn]!))).equals(text)).toBe(true);
      await store.close();
    }
    expect(String(cids[0])).toBe(String(cids[1]));
  });
});

describe('row 7: content-defined chunking by gear hashing', () => {
  const sizes = { minBytes: 2_048, targetBytes: 8_192, maxBytes: 32_768 };

  it.each([
    ['FastCDC', fastCdc(sizes)],
    ['GearCDC', gearCdc(sizes)],
  ])('%s finds its cuts again behind an inserted byte', async (_name, chunker) => {
    const content = pseudoRandomBytes(2_000_000, 3);
    const store = new MemoryStore({ chunker });
    await store.putBytes([content]);
    const before = await store.getBlockCount();

    await store.putBytes([Uint8Array.of(7), content]);

    expect(before).toBeGreaterThan(150);
    expect((await store.getBlockCount()) - before).toBeLessThan(before / 20);
  });

  it.each(everyStore)('%s uses FastCDC unless told otherwise', async (name) => {
    const content = pseudoRandomBytes(1_000_000, 4);
    const KIB = 1024;
    const chunker = fastCdc({
      ...{ minBytes: 32 * KIB, targetBytes: 128 * KIB, maxBytes: 512 * KIB },
      alignBytes: 4 * KIB,
    });
    const store = await stores[name]!();

    const { cid } = await store.putBytes([content]);

    const other = new MemoryStore({ chunker });
    expect(String(cid)).toBe(String((await other.putBytes([content])).cid));
    await store.close();
  });
});

describe('row 8: the balanced layout', () => {
  it.each(everyStore)('%s uses it unless told otherwise', async (name) => {
    const content = pseudoRandomBytes(1_000_000, 5);
    const store = await stores[name]!();

    const { cid } = await store.putBytes([content]);

    const other = new MemoryStore({ layout: balancedDag() });
    expect(String(cid)).toBe(String((await other.putBytes([content])).cid));
    const range = { offsetBytes: 999_990, lengthBytes: 100 };
    expect((await readAll(store.getBytes(cid, range))).equals(content.subarray(999_990))).toBe(
      true,
    );
    await store.close();
  });
});

describe('row 9: gc and dereference', () => {
  it.each(everyStore)('%s deletes a node with its last reference, and all below', async (name) => {
    const store = await stores[name]!();
    const shared = await store.putRawBlock(Uint8Array.of(1));
    const first = await store.putNode({ first: shared });
    const second = await store.putNode({ second: shared });

    const afterFirst = await store.dereference(first);
    const between = await store.has(shared);
    const afterSecond = await store.dereference(second);

    expect([afterFirst.deletedBlocks, between, afterSecond.deletedBlocks]).toEqual([1, true, 2]);
    expect(await store.isEmpty()).toBe(true);
    await store.close();
  });

  it.each(everyStore)('%s collects what no root reaches', async (name) => {
    const store = await stores[name]!();
    const leaf = await store.putRawBlock(Uint8Array.of(1));
    const root = await store.putNode({ leaf });
    const garbage = await store.putBytes([pseudoRandomBytes(1_000_000, 6)]);

    const result = await store.gc([root]);

    expect(result.keptBlocks).toBe(2);
    expect([await store.has(leaf), await store.has(garbage.cid)]).toEqual([true, false]);
    await store.close();
  });
});

describe('row 10: FlatFsStore counts references', () => {
  it('counts links and pins, also after it was closed, and deletes the file with the last', async () => {
    const store = await stores['FlatFsStore']!();
    const leaf = await store.putRawBlock(Uint8Array.of(1));
    const node = await store.putNode({ leaf });
    await store.pin(leaf);
    await store.close();

    const reopened = await stores['FlatFsStore']!();
    const counts = [];
    counts.push(await reopened.getReferenceCount(leaf));
    await reopened.dereference(node);
    counts.push(await reopened.getReferenceCount(leaf));
    const before = filesBelow(temporaryDirectory()).filter((name) => name.endsWith('.raw'));
    await reopened.dereference(leaf);

    expect(counts).toEqual([2, 1]);
    expect(before).toHaveLength(1);
    expect(readFileSync(join(temporaryDirectory(), 'flat/pins')).readUInt32LE(12)).toBe(0);
    const after = filesBelow(temporaryDirectory()).filter((name) => name.endsWith('.raw'));
    expect(after).toEqual([]);
    await reopened.close();
  });
});

describe('row 11: bytes and raw blocks are counted like nodes', () => {
  it.each(everyStore)('%s deletes them with their last reference', async (name) => {
    const store = await stores[name]!();
    const content = await store.putBytes([pseudoRandomBytes(1_000_000, 7)]);
    const block = await store.putRawBlock(Uint8Array.of(1));
    const first = await store.putNode({ content: content.cid, block });
    const second = await store.putNode([content.cid, block]);
    const counts = [
      await store.getReferenceCount(content.cid),
      await store.getReferenceCount(block),
    ];

    await store.dereference(first);
    const between = [await store.has(content.cid), await store.has(block)];
    await store.dereference(second);

    expect(counts).toEqual([2, 2]);
    expect(between).toEqual([true, true]);
    expect(await store.isEmpty()).toBe(true);
    await store.close();
  });
});
