/**
 * The names and cases of containerd's suite for snapshotters (core/snapshots/testsuite), on trees and
 * change sets: what is committed is a change set, what is mounted is the tree of it and its parents.
 *
 * Left out, because nothing here could fail in them: StatCommitted, CloseTwice, and the cases about
 * labels, names and the order of walks over snapshots (trees have no names, and nothing is open).
 * RemoveIntermediateSnapshot and StatActive are about values instead: what was taken from a tree stays
 * valid whatever becomes of the tree.
 */
import type { CID } from 'multiformats/cid';
import { describe, expect, it } from 'vitest';
import { ChangeSetBuilder } from '../../src/lib/fs/change-set/change-set-builder.js';
import { flatten } from '../../src/lib/fs/change-set/flatten.js';
import { squash } from '../../src/lib/fs/change-set/squash.js';
import { Transaction } from '../../src/lib/fs/transaction/transaction.js';
import { lookup } from '../../src/lib/fs/tree/lookup.js';
import { walkTree } from '../../src/lib/fs/tree/walk-tree.js';
import { MemoryStore } from '../../src/lib/store/backends/memory-store.js';
import { attributes, bytes, listing } from './support/trees.js';

const store = new MemoryStore();
const directory = attributes({ mode: 0o755 });

type Edit = (tree: Transaction) => Promise<void>;

/** Returns the tree that `edits` make of `parent`. */
async function edited(parent: CID | undefined, edit: Edit): Promise<CID> {
  const transaction = await Transaction.open(store, parent);
  await edit(transaction);
  return transaction.commit();
}

async function write(tree: Transaction, path: string, text: string): Promise<void> {
  const isNew = (await tree.get(bytes(path))) === undefined;
  await tree.write(bytes(path), [new TextEncoder().encode(text)], isNew ? attributes() : undefined);
}

async function layer(edit: (builder: ChangeSetBuilder) => Promise<void> | void): Promise<CID> {
  const builder = new ChangeSetBuilder(store);
  await edit(builder);
  return builder.commit();
}

async function setFile(builder: ChangeSetBuilder, path: string, text: string): Promise<void> {
  const { cid, sizeBytes } = await store.putBytes([new TextEncoder().encode(text)]);
  builder.setEntry(bytes(path), { kind: 'file', ...attributes(), content: cid, sizeBytes });
}

async function textAt(root: CID, path: string): Promise<string | undefined> {
  const entry = await lookup(store, root, bytes(path));
  if (entry?.kind !== 'file') return undefined;
  let text = '';
  for await (const piece of store.getBytes(entry.content)) text += Buffer.from(piece).toString();
  return text;
}

async function pathsOf(root: CID): Promise<string[]> {
  return (await listing(store, root)).map((line) => line.split(' ')[0]!);
}

describe('the cases of a snapshotter', () => {
  it('Basic: a committed tree is the parent of the next, which has the changes of both', async () => {
    const first = await edited(undefined, async (tree) => {
      await write(tree, 'foo', 'foo\n');
      await tree.createDirectory(bytes('a'), directory);
      await tree.createDirectory(bytes('a/b'), directory);
    });
    const second = await edited(first, async (tree) => {
      await write(tree, 'bar', 'bar\n');
      await tree.remove(bytes('foo'));
      await tree.createDirectory(bytes('a/b/c'), directory);
    });

    expect(await pathsOf(first)).toEqual(['/', '/a', '/a/b', '/foo']);
    expect(await pathsOf(second)).toEqual(['/', '/a', '/a/b', '/a/b/c', '/bar']);
  });

  it('StatActive: an open transaction shows its changes and leaves the parent alone', async () => {
    const parent = await edited(undefined, (tree) => write(tree, 'foo', 'foo'));
    const open = await Transaction.open(store, parent);

    await write(open, 'foo', 'changed');

    expect(await open.get(bytes('foo'))).toMatchObject({ kind: 'file', sizeBytes: 7 });
    expect(await textAt(parent, 'foo')).toBe('foo');
  });

  it('Transitivity: a tree has the files of its parent and of the parent of that', async () => {
    const top = await edited(undefined, (tree) => write(tree, 'top', 'one'));
    const middle = await edited(top, (tree) => write(tree, 'middle', 'two'));
    const bottom = await edited(middle, (tree) => write(tree, 'bottom', 'three'));

    expect(await pathsOf(bottom)).toEqual(['/', '/bottom', '/middle', '/top']);
  });

  it('LayerFileupdate: the last layer that writes a file decides its content', async () => {
    const layers = [
      await layer(async (b) => {
        await setFile(b, 'foo', 'hello');
        await setFile(b, 'etc/hosts', 'one');
      }),
      await layer((b) => setFile(b, 'foo', 'hello world')),
      await layer((b) => setFile(b, 'etc/hosts', 'two')),
    ];

    const root = await flatten(store, layers);

    expect(await textAt(root, 'foo')).toBe('hello world');
    expect(await textAt(root, 'etc/hosts')).toBe('two');
  });

  it('RemoveDirectoryInLowerLayer: a directory that is made anew has nothing of the lower one', async () => {
    const lower = await layer((b) => setFile(b, 'dir1/nested/f', 'f'));
    const upper = await layer(async (b) => {
      b.setTombstone(bytes('dir1'));
      b.setDirectory(bytes('dir1'), directory);
      await setFile(b, 'dir1/bar', 'bar');
    });

    expect(await pathsOf(await flatten(store, [lower, upper]))).toEqual([
      ...['/', '/dir1', '/dir1/bar'],
    ]);
  });

  it('Chown: the owner of a file of a lower layer changes, its content stays', async () => {
    const lower = await edited(undefined, (tree) => write(tree, 'foo', 'foo'));
    const upper = await edited(lower, (tree) => tree.chown(bytes('foo'), 1, 2));

    expect(await lookup(store, upper, bytes('foo'))).toMatchObject({ uid: 1, gid: 2 });
    expect(await textAt(upper, 'foo')).toBe('foo');
  });

  it('DirectoryPermissionOnCommit: modes and owners of directories outlive layers of others', async () => {
    const described = attributes({ mode: 0o3700, uid: 1, gid: 2 });
    const layers = [
      await layer((b) => b.setDirectory(bytes('dir1'), described)),
      await layer((b) => setFile(b, 'dir1/sub/f', 'f')),
      await layer((b) => b.setTombstone(bytes('dir1/sub/f'))),
    ];

    const root = await flatten(store, layers);

    const expected = { mode: 0o3700, uid: 1, gid: 2 };
    expect(await lookup(store, root, bytes('dir1'))).toMatchObject(expected);
  });

  it('RemoveIntermediateSnapshot: joined layers need none of the layers they came from', async () => {
    const base = await flatten(store, [await layer((b) => setFile(b, 'base', 'base'))]);
    const middle = await layer((b) => setFile(b, 'middle', 'middle'));
    const top = await layer((b) => setFile(b, 'top', 'top'));

    const joined = await squash(store, [middle, top]);

    expect(await pathsOf(await flatten(store, [base, joined]))).toEqual([
      ...['/', '/base', '/middle', '/top'],
    ]);
    expect((await flatten(store, [base, joined])).toString()).toBe(
      (await flatten(store, [base, middle, top])).toString(),
    );
  });

  it('DeletedFilesInChildSnapshot: a deleted file stays deleted in children, and in the parent alive', async () => {
    const parent = await layer(async (b) => {
      await setFile(b, 'foo', 'foo');
      await setFile(b, 'bar', 'bar');
    });
    const child = await layer((b) => b.setTombstone(bytes('foo')));
    const grandchild = await layer((b) => setFile(b, 'baz', 'baz'));

    const root = await flatten(store, [parent, child, grandchild]);

    expect(await pathsOf(root)).toEqual(['/', '/bar', '/baz']);
    expect(await pathsOf(await flatten(store, [parent]))).toEqual(['/', '/bar', '/foo']);
  });

  it('MoveFileFromLowerLayer: files and directories of a lower layer can be renamed', async () => {
    const lower = await edited(undefined, async (tree) => {
      await tree.createDirectory(bytes('dir1'), directory);
      await write(tree, 'dir1/f1', 'foo');
      await tree.createDirectory(bytes('dir2'), directory);
      await write(tree, 'dir2/f2', 'bar');
    });
    const upper = await edited(lower, async (tree) => {
      await tree.rename(bytes('dir1/f1'), bytes('f1-moved'));
      await tree.rename(bytes('dir2'), bytes('dir1/dir2'));
    });

    expect(await textAt(upper, 'f1-moved')).toBe('foo');
    expect(await textAt(upper, 'dir1/dir2/f2')).toBe('bar');
    expect(await lookup(store, upper, bytes('dir2'))).toBeUndefined();
  });

  it('ViewReadonly: a tree is what it was after everything that was done from it', async () => {
    const tree = await edited(undefined, (open) => write(open, 'testfile', 'test'));
    const before = await listing(store, tree);

    const child = await edited(tree, (open) => open.remove(bytes('testfile')));

    expect(child.toString()).not.toBe(tree.toString());
    expect(await listing(store, tree)).toEqual(before);
  });

  it('StatInWalk: entries can be looked up while the tree is walked', async () => {
    const root = await edited(undefined, async (tree) => {
      await tree.createDirectory(bytes('d'), directory);
      await write(tree, 'd/f', 'f');
    });

    let count = 0;
    for await (const { path, entry } of walkTree(store, root)) {
      expect(await lookup(store, root, path)).toEqual(entry);
      count += 1;
    }
    expect(count).toBe(3);
  });

  it('RootPermission: the root of an empty tree is a directory with mode 0755', async () => {
    expect(await listing(store, await flatten(store, []))).toEqual(['/ directory 755 0']);
  });

  it('Rename: a directory of a lower layer moves with what an upper one has put into it', async () => {
    const lower = await edited(undefined, (tree) =>
      tree.createDirectory(bytes('dir1'), attributes({ mode: 0o700 })),
    );
    const upper = await edited(lower, async (tree) => {
      await tree.createDirectory(bytes('somefiles'), directory);
      await write(tree, 'dir1/f', 'f');
      await tree.rename(bytes('dir1'), bytes('somefiles/dir2'));
    });

    expect(await textAt(upper, 'somefiles/dir2/f')).toBe('f');
    expect(await lookup(store, upper, bytes('somefiles/dir2'))).toMatchObject({ mode: 0o700 });
    expect(await lookup(store, upper, bytes('dir1'))).toBeUndefined();
  });

  it('128LayersMount: 128 layers, one over the other, show the last of everything', async () => {
    const layers: CID[] = [];
    for (let index = 1; index <= 128; index += 1) {
      layers.push(
        await layer(async (b) => {
          await setFile(b, 'bottom', `from ${index}`);
          b.setDirectory(bytes(`dir${index}`), directory);
          if (index > 1) b.setTombstone(bytes(`dir${index - 1}`));
        }),
      );
    }

    const root = await flatten(store, layers);

    expect(await pathsOf(root)).toEqual(['/', '/bottom', '/dir128']);
    expect(await textAt(root, 'bottom')).toBe('from 128');
    expect((await flatten(store, [await squash(store, layers)])).toString()).toBe(root.toString());
  });
});
