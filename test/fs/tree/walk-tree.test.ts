import { CID } from 'multiformats/cid';
import { describe, expect, it } from 'vitest';
import { ChangeSetBuilder } from '../../../src/lib/fs/change-set/change-set-builder.js';
import { emptyDirectory, readDirectory } from '../../../src/lib/fs/tree/directory.js';
import { encodeEntry } from '../../../src/lib/fs/node/entry-codec.js';
import { flatten } from '../../../src/lib/fs/change-set/flatten.js';
import { writeLinkTable } from '../../../src/lib/fs/links/link-table.js';
import { lookup } from '../../../src/lib/fs/tree/lookup.js';
import { readTreeRoot, writeRoot } from '../../../src/lib/fs/node/root-node.js';
import { walkTree } from '../../../src/lib/fs/tree/walk-tree.js';
import type { WalkedEntry } from '../../../src/lib/fs/tree/walked-entry.js';
import { MemoryStore } from '../../../src/lib/store/backends/memory-store.js';
import { rejectionOf } from '../../support/failure.js';
import { attributes, bytes, fileOf, symlinkTo } from '../support/trees.js';

async function treeWith(edit: (builder: ChangeSetBuilder) => void, store = new MemoryStore()) {
  const builder = new ChangeSetBuilder(store);
  edit(builder);
  const root = await flatten(store, [await builder.commit()]);
  return { store, root, ...(await readTreeRoot(store, root)) };
}

async function walk(
  store: MemoryStore,
  root: Parameters<typeof walkTree>[1],
): Promise<WalkedEntry[]> {
  const walked: WalkedEntry[] = [];
  for await (const entry of walkTree(store, root)) walked.push(entry);
  return walked;
}

describe('walkTree()', () => {
  it('goes through names in byte order, a directory before what it has', async () => {
    const names = ['b', 'a/z', 'a-b', 'B', 'a/é', 'a.x/y'];
    const { store, root } = await treeWith((builder) => {
      for (const name of names) builder.setEntry(bytes(name), symlinkTo('x'));
    });

    const paths = (await walk(store, root)).map(({ path }) => path);

    expect(paths).toEqual(['', 'B', 'a', 'a/z', bytes('a/é'), 'a-b', 'a.x', 'a.x/y', 'b']);
  });

  it('numbers inodes from the root on, once for each file', async () => {
    const { store, root } = await treeWith((builder) => {
      builder.setEntry(bytes('a'), symlinkTo('x'));
      builder.setEntry(bytes('b'), symlinkTo('x'));
      builder.setHardLink(bytes('c'), bytes('a'));
      builder.setEntry(bytes('d'), symlinkTo('x'));
    });

    expect((await walk(store, root)).map(({ inode }) => inode)).toEqual([0, 1, 2, 1, 3]);
  });

  it('refuses a change set', async () => {
    const store = new MemoryStore();
    const builder = new ChangeSetBuilder(store);
    builder.setTombstone(bytes('a'));

    const error = await rejectionOf(walk(store, await builder.commit()));

    expect(error.code).toBe('STORE_NODE_INVALID');
  });

  it('refuses a complete tree that has a tombstone after all', async () => {
    const store = new MemoryStore();
    const entries = await store.putNode([0, [[new Uint8Array([65]), 8]]]);
    const directory = { kind: 'directory', ...attributes(), entries } as const;
    const root = await writeRoot(store, { directory, links: undefined });

    expect((await rejectionOf(walk(store, root))).code).toBe('STORE_NODE_INVALID');
  });

  it.each([
    { name: 'names that do not exist', paths: ['a', 'missing'] },
    { name: 'files that differ', paths: ['a', 'b'] },
    { name: 'directories', paths: ['d', 'e'] },
  ])('refuses a hard-link table with $name', async ({ paths }) => {
    const { store, directory } = await treeWith((builder) => {
      builder.setEntry(bytes('a'), symlinkTo('x'));
      builder.setEntry(bytes('b'), symlinkTo('y'));
      builder.setDirectory(bytes('d'), attributes());
      builder.setDirectory(bytes('e'), attributes());
    });
    const links = await writeLinkTable(store, [paths.map(bytes)]);
    const root = await writeRoot(store, { directory, links });

    expect((await rejectionOf(walk(store, root))).code).toBe('STORE_NODE_INVALID');
  });

  it('refuses a tree deeper than any path can be', async () => {
    const store = new MemoryStore();
    let entries = await emptyDirectory(store);
    for (let depth = 0; depth < 2100; depth += 1) {
      const inner = encodeEntry({ kind: 'directory', ...attributes(), entries });
      entries = await store.putNode([0, [[new Uint8Array([65]), ...inner]]]);
    }
    const directory = { kind: 'directory', ...attributes(), entries } as const;
    const root = await writeRoot(store, { directory, links: undefined });

    expect((await rejectionOf(walk(store, root))).code).toBe('STORE_NODE_INVALID');
  });
});

describe('readTreeRoot()', () => {
  it('refuses a root of a later format and names the version', async () => {
    const store = new MemoryStore();
    const root = await store.putNode(['monofs-root', 2, { anything: true }]);

    const error = await rejectionOf(readTreeRoot(store, root));

    expect(error.code).toBe('STORE_FORMAT_UNSUPPORTED');
    expect(error.details['version']).toBe(2);
  });

  const entries = CID.parse('bafyreiajjm5xypssqz6egnkvxn4bbxwtkeeohka6lz7ght47ymllkufbg4');
  const emptyRoot = encodeEntry({ kind: 'directory', ...attributes(), entries });

  it('accepts the root of an empty tree', async () => {
    const store = new MemoryStore();
    const root = await store.putNode(['monofs-root', 1, emptyRoot, null]);

    expect(await readTreeRoot(store, root)).toMatchObject({ links: undefined });
  });

  const refused: readonly { readonly name: string; readonly node: unknown }[] = [
    { name: 'a root that is a tombstone', node: ['monofs-root', 1, [8], null] },
    { name: 'another node', node: { sizeBytes: 1 } },
    { name: 'another tag', node: ['tree', 1, [], null] },
    { name: 'a version that is no number', node: ['monofs-root', '1', emptyRoot, null] },
    { name: 'links that are no link', node: ['monofs-root', 1, emptyRoot, 0] },
    { name: 'an item too many', node: ['monofs-root', 1, emptyRoot, null, null] },
  ];

  it.each(refused)('refuses $name', async ({ node }) => {
    const store = new MemoryStore();

    const error = await rejectionOf(readTreeRoot(store, await store.putNode(node)));

    expect(error.code).toBe('STORE_NODE_INVALID');
  });
});

describe('lookup()', () => {
  it('finds entries by path without following symbolic links', async () => {
    const store = new MemoryStore();
    const file = await fileOf(store, 'content');
    const { root, directory } = await treeWith((builder) => {
      builder.setEntry(bytes('usr/bin/x'), file);
      builder.setEntry(bytes('bin'), symlinkTo('usr/bin'));
    }, store);

    expect(await lookup(store, root, bytes('usr/bin/x'))).toEqual(file);
    expect(await lookup(store, root, bytes('bin'))).toMatchObject({ kind: 'symlink' });
    expect(await lookup(store, root, bytes(''))).toEqual(directory);
    expect(await lookup(store, root, bytes('bin/x'))).toBeUndefined();
    expect(await lookup(store, root, bytes('usr/bin/x/y'))).toBeUndefined();
    expect(await lookup(store, root, bytes('nothing'))).toBeUndefined();
  });

  it('tells the size of a file without reading its content', async () => {
    const store = new MemoryStore();
    const file = await fileOf(store, 'twelve bytes');
    const { root } = await treeWith((builder) => builder.setEntry(bytes('f'), file), store);

    expect(await lookup(store, root, bytes('f'))).toMatchObject({ sizeBytes: 12 });
  });
});

describe('readDirectory()', () => {
  it('gives the names of one directory in byte order', async () => {
    const { store, directory } = await treeWith((builder) => {
      for (const name of ['b', 'a', 'c/d']) builder.setEntry(bytes(name), symlinkTo('x'));
    });

    expect((await readDirectory(store, directory)).map(({ name }) => name)).toEqual([
      'a',
      'b',
      'c',
    ]);
  });
});
