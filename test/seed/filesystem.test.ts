/**
 * The rows of the first list of features that concern the filesystem, each as a user of the library
 * sees it. The suites beside the code go into every detail; `store.test.ts` has the size of a file.
 */
import { chmodSync, lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CID } from 'multiformats/cid';
import { describe, expect, it } from 'vitest';
import { ChangeSetBuilder } from '../../src/lib/fs/change-set/change-set-builder.js';
import { flatten } from '../../src/lib/fs/change-set/flatten.js';
import { mergeTrees } from '../../src/lib/fs/merge/merge-trees.js';
import { Transaction } from '../../src/lib/fs/transaction/transaction.js';
import { lookup } from '../../src/lib/fs/tree/lookup.js';
import { findMergeBases } from '../../src/lib/fs/version/history.js';
import { commitVersion, readVersion } from '../../src/lib/fs/version/version.js';
import { importDirectory } from '../../src/lib/fs/import/import-directory.js';
import { removeTree } from '../../src/lib/io/remove-tree.js';
import { writeDirectory } from '../../src/lib/rootfs/directory/write-directory.js';
import { MemoryStore } from '../../src/lib/store/backends/memory-store.js';
import { CountingStore } from '../fs/support/counting-store.js';
import { attributes, bytes, fileOf } from '../fs/support/trees.js';
import { asNobody } from '../support/as-nobody.js';
import { useTemporaryDirectory } from '../support/temporary-directory.js';

const temporary = useTemporaryDirectory();

describe('row 1: tombstones for deletes', () => {
  it('deletes what a lower layer has, and nothing that the same layer makes', async () => {
    const store = new MemoryStore();
    const lower = await changeSet(store, (b, file) => {
      b.setEntry(bytes('d/gone'), file);
      b.setEntry(bytes('d/stays'), file);
    });
    const upper = await changeSet(store, (b, file) => {
      b.setTombstone(bytes('d/gone'));
      b.setEntry(bytes('d/new'), file);
    });

    const tree = await flatten(store, [lower, upper]);

    expect(await pathsIn(store, tree, ['d/gone', 'd/stays', 'd/new'])).toEqual([
      'd/stays',
      'd/new',
    ]);
  });
});

describe('row 2: merging', () => {
  it('(a) lists both sides in `previous`, which never conflicts because it is in no tree', async () => {
    const { store, base, ours, theirs } = await threeVersions();
    const trees = await Promise.all([base, ours, theirs].map((cid) => readVersion(store, cid)));
    const [first, second, third] = trees.map(({ root }) => root);

    const merged = await mergeTrees(store, { base: first!, ours: second!, theirs: third! });
    const version = await commitVersion(store, { root: merged.root, previous: [ours, theirs] });

    expect(merged.conflicts).toEqual([]);
    const { previous } = await readVersion(store, version);
    expect(previous.map(String)).toEqual([ours, theirs].map(String));
    const again = await findMergeBases(store, version, theirs);
    expect(again.map(String)).toEqual([theirs.toString()]);
  });

  it('(b) takes a deletion for a change: it wins over what stayed, and conflicts with what changed', async () => {
    const store = new MemoryStore();
    const [before, after] = [await fileOf(store, 'before'), await fileOf(store, 'after')];
    const both = await tree(store, { kept: before, changed: before });
    const none = await tree(store, {});
    const edited = await tree(store, { kept: before, changed: after });

    const { root, conflicts } = await mergeTrees(store, { base: both, ours: none, theirs: edited });

    expect(await pathsIn(store, root, ['kept', 'changed'])).toEqual(['changed']);
    expect(conflicts).toMatchObject([
      { path: 'changed', reason: 'delete/modify', base: before, ours: undefined, theirs: after },
    ]);
  });
});

describe('row 4: a commit does not load what it stores', () => {
  it('stores in place, and goes on from there without a read', async () => {
    const store = new MemoryStore();
    const content = await fileOf(store, 'content');
    const counting = new CountingStore(store);
    const transaction = await Transaction.open({
      getNode: counting.getNode.bind(counting),
      putNode: counting.putNode.bind(counting),
      putBytes: store.putBytes.bind(store),
    });
    await transaction.createDirectory(bytes('d'), attributes({ mode: 0o755 }));
    const roots = [];

    for (let index = 0; index < 5; index++) {
      await transaction.create(bytes(`d/f${index}`), content);
      roots.push((await transaction.commit()).toString());
    }

    expect(new Set(roots).size).toBe(5);
    expect(counting.reads).toEqual([]);
    counting.reset();
    expect((await transaction.commit()).toString()).toBe(roots.at(-1));
    expect([...counting.reads, ...counting.writes]).toEqual([]);
  });
});

describe('row 12: copying and removing never fail on permissions', () => {
  it('copies a tree with directories that nobody may read or write, and removes it', async () => {
    const store = new MemoryStore();
    const secret = await fileOf(store, 'secret', { mode: 0 });
    const closed = await changeSet(store, (b) => {
      b.setDirectory(bytes(''), attributes({ mode: 0o755 }));
      b.setDirectory(bytes('none'), attributes({ mode: 0 }));
      b.setDirectory(bytes('none/read-only'), attributes({ mode: 0o555 }));
      b.setEntry(bytes('none/read-only/secret'), secret);
    });
    const root = await flatten(store, [closed]);
    chmodSync(temporary(), 0o777);

    await asNobody(async () => {
      const path = join(temporary(), 'copy');
      await writeDirectory(store, root, { path, restoreOwners: false });

      expect(lstatSync(join(path, 'none')).mode & 0o7777).toBe(0);
      expect(() => readdirSync(join(path, 'none'))).toThrow('EACCES');
      chmodSync(join(path, 'none'), 0o700);
      expect(lstatSync(join(path, 'none/read-only')).mode & 0o7777).toBe(0o555);
      expect(() => readFileSync(join(path, 'none/read-only/secret'))).toThrow('EACCES');
      chmodSync(join(path, 'none'), 0);
      await removeTree(path);
      expect(readdirSync(temporary())).toEqual([]);
    });
  });

  it('takes in a directory whose closed parts it cannot read, and says how many', async () => {
    mkdirSync(join(temporary(), 'tree/closed'), { recursive: true });
    writeFileSync(join(temporary(), 'tree/open'), '');
    chmodSync(join(temporary(), 'tree/closed'), 0);
    chmodSync(temporary(), 0o755);

    await asNobody(async () => {
      const imported = await importDirectory(new MemoryStore(), {
        path: join(temporary(), 'tree'),
        unreadable: 'skip',
      });

      expect(imported).toMatchObject({ entryCount: 3, unreadableEntries: 1 });
    });
  });
});

type Fill = (builder: ChangeSetBuilder, file: Awaited<ReturnType<typeof fileOf>>) => void;

async function changeSet(store: MemoryStore, fill: Fill): Promise<CID> {
  const builder = new ChangeSetBuilder(store);
  fill(builder, await fileOf(store, 'content'));
  return builder.commit();
}

async function tree(
  store: MemoryStore,
  files: Readonly<Record<string, Awaited<ReturnType<typeof fileOf>>>>,
): Promise<CID> {
  const change = await changeSet(store, (b) => {
    for (const [path, file] of Object.entries(files)) b.setEntry(bytes(path), file);
  });
  return flatten(store, [change]);
}

async function threeVersions() {
  const store = new MemoryStore();
  const [one, two] = [await fileOf(store, 'one'), await fileOf(store, 'two')];
  const root = await tree(store, { a: one, b: one });
  const base = await commitVersion(store, { root, previous: [] });
  const previous = [base];
  const ours = { root: await tree(store, { a: two, b: one }), previous };
  const theirs = { root: await tree(store, { a: one, b: two }), previous };
  return {
    ...{ store, base },
    ours: await commitVersion(store, ours),
    theirs: await commitVersion(store, theirs),
  };
}

async function pathsIn(store: MemoryStore, root: CID, paths: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const path of paths) if (await lookup(store, root, bytes(path))) found.push(path);
  return found;
}
