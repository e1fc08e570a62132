import type { CID } from 'multiformats/cid';
import { describe, expect, it } from 'vitest';
import { ChangeSetBuilder } from '../../../src/lib/fs/change-set/change-set-builder.js';
import { diffTrees } from '../../../src/lib/fs/diff/diff-trees.js';
import { flatten } from '../../../src/lib/fs/change-set/flatten.js';
import { lookup } from '../../../src/lib/fs/tree/lookup.js';
import { mergeTrees } from '../../../src/lib/fs/merge/merge-trees.js';
import { Transaction } from '../../../src/lib/fs/transaction/transaction.js';
import { commitVersion } from '../../../src/lib/fs/version/version.js';
import { MemoryStore } from '../../../src/lib/store/backends/memory-store.js';
import { rejectionOf } from '../../support/failure.js';
import { CountingStore } from '../support/counting-store.js';
import { attributes, bytes, fileOf, listing, symlinkTo } from '../support/trees.js';

const directory = attributes({ mode: 0o755 });
const text = (value: string) => [new TextEncoder().encode(value)];

class CountingContentStore extends CountingStore {
  readonly putBytes: MemoryStore['putBytes'];

  constructor(store: MemoryStore) {
    super(store);
    this.putBytes = store.putBytes.bind(store);
  }
}

async function fixture() {
  const store = new MemoryStore();
  const counting = new CountingContentStore(store);
  const one = await fileOf(store, 'one');
  const builder = new ChangeSetBuilder(store);
  builder.setEntry(bytes('a/f'), one);
  builder.setHardLink(bytes('b/g'), bytes('a/f'));
  builder.setEntry(bytes('b/link'), symlinkTo('../a'));
  builder.setDirectory(bytes('empty'), directory);
  const root = await flatten(store, [await builder.commit()]);
  const transaction = await Transaction.open(counting, root);
  const paths = async (cid: CID) => (await listing(store, cid)).map((line) => line.split(' ')[0]);
  return { store, counting, one, root, transaction, paths };
}

describe('Transaction', () => {
  it('gives the same root, and writes nothing, when nothing has changed', async () => {
    const { counting, root, transaction, one } = await fixture();
    await transaction.get(bytes('a/f'));
    await transaction.list(bytes('b'));
    await transaction.chmod(bytes('a/f'), one.mode);

    expect((await transaction.commit()).toString()).toBe(root.toString());
    expect(counting.writes).toEqual([]);
  });

  it('gives the same root when changes cancel out', async () => {
    const { root, transaction } = await fixture();
    await transaction.rename(bytes('a'), bytes('c'));
    await transaction.rename(bytes('c'), bytes('a'));

    expect((await transaction.commit()).toString()).toBe(root.toString());
  });

  it('starts from an empty tree, whose root is that of flattening nothing', async () => {
    const store = new MemoryStore();
    const transaction = await Transaction.open(store);

    expect(await transaction.commit()).toEqual(await flatten(store, []));
  });

  it('starts from a version', async () => {
    const { store, root } = await fixture();
    const version = await commitVersion(store, { root, previous: [] });

    const transaction = await Transaction.open(store, version);

    expect((await transaction.commit()).toString()).toBe(root.toString());
  });

  it('writes only the nodes on the changed path', async () => {
    const { store } = await fixture();
    const builder = new ChangeSetBuilder(store);
    const one = await fileOf(store, 'one');
    for (let index = 0; index < 2000; index += 1) {
      builder.setEntry(bytes(`d${index % 40}/s${index % 5}/f${index}`), one);
    }
    const root = await flatten(store, [await builder.commit()]);
    const counting = new CountingContentStore(store);
    const transaction = await Transaction.open(counting, root);

    await transaction.chmod(bytes('d3/s3/f3'), 0o600);
    await transaction.commit();

    expect(counting.writes).toHaveLength(4);
  });

  it('never reads back what it has written', async () => {
    const { counting, transaction } = await fixture();
    for (let round = 0; round < 20; round += 1) {
      await transaction.write(bytes(`a/new-${round}`), text(`${round}`), directory);
      await transaction.chmod(bytes('a'), 0o700 + round);
      await transaction.commit();
    }

    const written = new Set(counting.writes);

    expect(counting.writes.length).toBeGreaterThan(40);
    expect(counting.reads.filter((cid) => written.has(cid))).toEqual([]);
  });

  it('changes a file under all its names', async () => {
    const { store, transaction } = await fixture();
    await transaction.write(bytes('b/g'), text('two'));
    await transaction.chown(bytes('a/f'), 5, 6);
    await transaction.utimes(bytes('a/f'), { seconds: 3, nanoseconds: 4 });

    const root = await transaction.commit();

    const first = await lookup(store, root, bytes('a/f'));
    expect(first).toMatchObject({
      sizeBytes: 3,
      uid: 5,
      gid: 6,
      mtime: { seconds: 3 },
      mode: 0o644,
    });
    expect(await lookup(store, root, bytes('b/g'))).toEqual(first);
    expect((await listing(store, root)).at(4)).toMatch(/^\/b\/g .*=\/a\/f$/);
  });

  it('sets and deletes extended attributes', async () => {
    const { root, transaction } = await fixture();
    await transaction.setXattr(bytes('a'), bytes('user.b'), Uint8Array.of(1));
    await transaction.setXattr(bytes('a'), bytes('user.a'), Uint8Array.of(2));
    const entry = await transaction.get(bytes('a'));
    expect([...(entry?.xattrs ?? [])].map(([name]) => name)).toEqual(['user.a', 'user.b']);

    await transaction.setXattr(bytes('a'), bytes('user.a'), undefined);
    await transaction.setXattr(bytes('a'), bytes('user.b'), undefined);

    expect((await transaction.commit()).toString()).toBe(root.toString());
  });

  it('moves a directory with what it has, hard links included, without reading below it', async () => {
    const { counting, paths, store, transaction } = await fixture();
    await transaction.rename(bytes('a'), bytes('empty'));
    await transaction.createDirectory(bytes('z'), directory);
    await transaction.rename(bytes('empty'), bytes('z/moved'));
    const root = await transaction.commit();

    expect(await paths(root)).toEqual([
      '/',
      '/b',
      '/b/g',
      '/b/link',
      '/z',
      '/z/moved',
      '/z/moved/f',
    ]);
    expect((await listing(store, root)).at(-1)).toMatch(/=\/b\/g$/);
    expect(counting.reads.length).toBeLessThan(6);
  });

  it('replaces a file by rename, and parts it from its other names', async () => {
    const { store, transaction, one } = await fixture();
    await transaction.create(bytes('new'), { ...one, mode: 0o600 });
    await transaction.rename(bytes('new'), bytes('a/f'));

    const root = await transaction.commit();

    expect(await lookup(store, root, bytes('a/f'))).toMatchObject({ mode: 0o600 });
    expect((await listing(store, root)).join()).not.toContain('=/');
  });

  it('does nothing when a file is renamed to another of its names', async () => {
    const { root, transaction } = await fixture();
    await transaction.rename(bytes('a/f'), bytes('b/g'));

    expect((await transaction.commit()).toString()).toBe(root.toString());
  });

  it('copies a whole tree into itself by CID, with the hard links within it', async () => {
    const { counting, paths, store, transaction } = await fixture();
    counting.reset();
    await transaction.copy(bytes(''), bytes('copy'));
    await transaction.remove(bytes('b'));
    const root = await transaction.commit();

    expect(counting.reads.length).toBeLessThanOrEqual(1);
    const copied = [
      '/copy',
      '/copy/a',
      '/copy/a/f',
      '/copy/b',
      '/copy/b/g',
      '/copy/b/link',
      '/copy/empty',
    ];
    expect(await paths(root)).toEqual(['/', '/a', '/a/f', ...copied, '/empty']);
    const links = (await listing(store, root)).filter((line) => line.includes('=/'));
    expect(links).toEqual([expect.stringMatching(/^\/copy\/b\/g .*=\/copy\/a\/f$/)]);
  });

  it('copies what is not committed yet as it is now', async () => {
    const { paths, transaction, one } = await fixture();
    await transaction.create(bytes('a/new'), one);
    await transaction.copy(bytes('a'), bytes('c'));
    await transaction.create(bytes('a/later'), one);
    await transaction.remove(bytes('c/f'));
    const root = await transaction.commit();

    expect(await paths(root)).toEqual(
      expect.arrayContaining(['/a/f', '/a/later', '/a/new', '/c', '/c/new']),
    );
    expect(await paths(root)).not.toContain('/c/f');
    expect(await paths(root)).not.toContain('/c/later');
  });

  it('goes as deep as a path can be, and merges and compares trees as deep', async () => {
    const store = new MemoryStore();
    const deepest = bytes(Array.from({ length: 2047 }, () => 'd').join('/'));
    const builder = new ChangeSetBuilder(store);
    builder.setDirectory(deepest, directory);
    const before = await flatten(store, [await builder.commit()]);
    const transaction = await Transaction.open(store, before);
    await transaction.copy(bytes('d/d'), bytes('e'));
    const ours = await transaction.commit();
    await transaction.chmod(deepest, 0o700);
    const theirs = await transaction.commit();

    const { root } = await mergeTrees(store, { base: before, ours, theirs });

    expect(await lookup(store, root, bytes('d/d/d'))).toBeDefined();
    let count = 0;
    for await (const { kind } of diffTrees(store, ours, theirs))
      count += kind === 'changed' ? 1 : 0;
    expect(count).toBe(1);
  });

  it('makes a removed path new', async () => {
    const { paths, transaction } = await fixture();
    await transaction.remove(bytes('b'));
    await transaction.createDirectory(bytes('b'), directory);

    expect(await paths(await transaction.commit())).toEqual(['/', '/a', '/a/f', '/b', '/empty']);
  });

  it('gives names of a hard link that go away no trace in the tree', async () => {
    const { store, transaction } = await fixture();
    await transaction.hardLink(bytes('third'), bytes('a/f'));
    await transaction.remove(bytes('b'));
    await transaction.remove(bytes('third'));
    const root = await transaction.commit();

    const builder = new ChangeSetBuilder(store);
    builder.setEntry(bytes('a/f'), await fileOf(store, 'one'));
    builder.setDirectory(bytes('empty'), directory);
    expect(root.toString()).toBe((await flatten(store, [await builder.commit()])).toString());
  });

  const refusals: readonly {
    readonly name: string;
    readonly code: string;
    readonly act: (transaction: Transaction) => Promise<unknown>;
  }[] = [
    {
      name: 'to make what exists',
      code: 'FS_EXISTS',
      act: (t) => t.create(bytes('a/f'), symlinkTo('x')),
    },
    {
      name: 'to make the root',
      code: 'FS_EXISTS',
      act: (t) => t.createDirectory(bytes(''), directory),
    },
    {
      name: 'a missing parent',
      code: 'FS_NOT_FOUND',
      act: (t) => t.createDirectory(bytes('x/y'), directory),
    },
    {
      name: 'a parent that is a file',
      code: 'FS_NOT_A_DIRECTORY',
      act: (t) => t.createDirectory(bytes('a/f/x'), directory),
    },
    {
      name: 'a parent that is a symbolic link',
      code: 'FS_NOT_A_DIRECTORY',
      act: (t) => t.remove(bytes('b/link/f')),
    },
    {
      name: 'to remove what is not there',
      code: 'FS_NOT_FOUND',
      act: (t) => t.remove(bytes('a/x')),
    },
    { name: 'to remove the root', code: 'FS_IS_A_DIRECTORY', act: (t) => t.remove(bytes('')) },
    {
      name: 'to write to a directory',
      code: 'FS_EXISTS',
      act: (t) => t.write(bytes('a'), text('x')),
    },
    {
      name: 'to write a new file without attributes',
      code: 'FS_NOT_FOUND',
      act: (t) => t.write(bytes('x'), text('x')),
    },
    {
      name: 'to move a directory into itself',
      code: 'FS_PATH_INVALID',
      act: (t) => t.rename(bytes('a'), bytes('a/b')),
    },
    {
      name: 'to move a directory onto a file',
      code: 'FS_NOT_A_DIRECTORY',
      act: (t) => t.rename(bytes('empty'), bytes('a/f')),
    },
    {
      name: 'to move a file onto a directory',
      code: 'FS_IS_A_DIRECTORY',
      act: (t) => t.rename(bytes('a/f'), bytes('empty')),
    },
    {
      name: 'to move onto a directory with entries',
      code: 'FS_EXISTS',
      act: (t) => t.rename(bytes('empty'), bytes('a')),
    },
    {
      name: 'to link to a directory',
      code: 'FS_IS_A_DIRECTORY',
      act: (t) => t.hardLink(bytes('x'), bytes('a')),
    },
    {
      name: 'to copy onto what exists',
      code: 'FS_EXISTS',
      act: (t) => t.copy(bytes('a'), bytes('b')),
    },
    { name: 'a mode out of range', code: 'FS_LIMIT', act: (t) => t.chmod(bytes('a'), 0o10000) },
    { name: 'a path with `..`', code: 'FS_PATH_INVALID', act: (t) => t.get(bytes('a/../b')) },
    {
      name: 'attributes of what is not there',
      code: 'FS_NOT_FOUND',
      act: (t) => t.setXattr(bytes('x'), bytes('user.a'), undefined),
    },
    { name: 'to list a file', code: 'FS_NOT_A_DIRECTORY', act: (t) => t.list(bytes('a/f')) },
  ];

  it.each(refusals)('refuses $name, and changes nothing', async ({ act, code }) => {
    const { root, transaction } = await fixture();

    expect((await rejectionOf(act(transaction))).code).toBe(code);
    expect((await transaction.commit()).toString()).toBe(root.toString());
  });

  it('stores no file when its source fails half way', async () => {
    const { root, transaction } = await fixture();
    function* broken(): Iterable<Uint8Array> {
      yield* text('half');
      throw new Error('cable pulled');
    }

    await expect(transaction.write(bytes('a/f'), broken())).rejects.toThrow('cable pulled');
    expect((await transaction.commit()).toString()).toBe(root.toString());
  });
});
