import * as fc from '../../support/fast-check.js';
import type { CID } from 'multiformats/cid';
import { describe, expect, it } from 'vitest';
import type { ByteString } from '../../../src/lib/base/bytes.js';
import { ChangeSetBuilder } from '../../../src/lib/fs/change-set/change-set-builder.js';
import { diffTrees, pathsBelow } from '../../../src/lib/fs/diff/diff-trees.js';
import type { Difference } from '../../../src/lib/fs/diff/difference.js';
import { EMPTY_DIRECTORY, emptyDirectory } from '../../../src/lib/fs/tree/directory.js';
import type { TreeEntry } from '../../../src/lib/fs/entry.js';
import { attributesOf } from '../../../src/lib/fs/entry.js';
import { findRenames } from '../../../src/lib/fs/diff/find-renames.js';
import { flatten } from '../../../src/lib/fs/change-set/flatten.js';
import { Transaction } from '../../../src/lib/fs/transaction/transaction.js';
import { MemoryStore } from '../../../src/lib/store/backends/memory-store.js';
import { CountingStore } from '../support/counting-store.js';
import { attributes, bytes, fileOf, symlinkTo } from '../support/trees.js';

const store = new MemoryStore();

async function treeOf(fill: (builder: ChangeSetBuilder) => void): Promise<CID> {
  const builder = new ChangeSetBuilder(store);
  fill(builder);
  return flatten(store, [await builder.commit()]);
}

async function differencesOf(before: CID, after: CID): Promise<Difference[]> {
  const differences: Difference[] = [];
  for await (const difference of diffTrees(store, before, after)) differences.push(difference);
  return differences;
}

function summary(differences: readonly ReturnType<typeof findRenames>[number][]): string[] {
  return differences.map((one) => {
    const detail =
      one.kind === 'changed'
        ? ` ${one.aspects.join()}`
        : one.kind === 'renamed'
          ? ` ${one.from}`
          : '';
    return `${one.kind} ${one.path}${detail}`;
  });
}

describe('diffTrees()', () => {
  it('finds nothing between a tree and itself, without reading it', async () => {
    const tree = await treeOf((b) => b.setEntry(bytes('a'), symlinkTo('x')));
    const counting = new CountingStore(store);

    for await (const difference of diffTrees(counting, tree, tree))
      expect(difference).toBeUndefined();

    expect(counting.reads).toEqual([]);
  });

  it('tells what was added, removed and changed, in the order of a walk', async () => {
    const [one, two] = [await fileOf(store, 'one'), await fileOf(store, 'two')];
    const before = await treeOf((b) => {
      b.setEntry(bytes('gone/deep/f'), one);
      b.setEntry(bytes('kept/content'), one);
      b.setEntry(bytes('kept/same'), one);
      b.setEntry(bytes('kept/type'), one);
      b.setEntry(bytes('link'), symlinkTo('x'));
    });
    const after = await treeOf((b) => {
      b.setEntry(bytes('kept/content'), two);
      b.setEntry(bytes('kept/new'), one);
      b.setEntry(bytes('kept/same'), one);
      b.setDirectory(bytes('kept/type'), one);
      b.setEntry(bytes('kept/type/x'), one);
      b.setEntry(bytes('link'), symlinkTo('y'));
      b.setDirectory(bytes(''), attributes({ mode: 0o700 }));
    });

    expect(summary(await differencesOf(before, after))).toEqual([
      'changed  mode',
      'removed gone',
      'changed kept/content content',
      'added kept/new',
      'changed kept/type type',
      'changed link content',
    ]);
  });

  it.each([
    { aspect: 'mode', change: { mode: 0o600 } },
    { aspect: 'owner', change: { uid: 1 } },
    { aspect: 'owner', change: { gid: 1 } },
    { aspect: 'time', change: { mtime: { seconds: 0, nanoseconds: 1 } } },
    { aspect: 'xattrs', change: { xattrs: new Map([[bytes('user.a'), Uint8Array.of(1)]]) } },
  ])('tells a change of $aspect from others: $change', async ({ aspect, change }) => {
    const one = await fileOf(store, 'one');
    const before = await treeOf((b) => b.setEntry(bytes('f'), one));
    const after = await treeOf((b) => b.setEntry(bytes('f'), { ...one, ...change }));

    expect(summary(await differencesOf(before, after))).toEqual([`changed f ${aspect}`]);
  });

  it('reads fewer than 200 nodes for 10 changes among 200,000 files', async () => {
    const builder = new ChangeSetBuilder(store);
    const file = await fileOf(store, 'one');
    for (let index = 0; index < 1000; index += 1) {
      builder.setEntry(bytes(`d0/s${index % 10}/f${index}`), file);
    }
    const seed = await flatten(store, [await builder.commit()]);
    const transaction = await Transaction.open(store, seed);
    for (let copy = 1; copy < 200; copy += 1) {
      await transaction.copy(bytes('d0'), bytes(`d${copy}`));
    }
    const before = await transaction.commit();
    for (let index = 0; index < 10; index += 1) {
      await transaction.chmod(bytes(`d${index * 17}/s${index}/f${index * 100 + index}`), 0o600);
    }
    const after = await transaction.commit();
    const counting = new CountingStore(store);

    let changed = 0;
    for await (const { kind } of diffTrees(counting, before, after)) {
      changed += kind === 'changed' ? 1 : 0;
    }

    expect(changed).toBe(10);
    expect(counting.reads.length).toBeLessThan(200);
  });

  it('names files that have other names than before', async () => {
    const one = await fileOf(store, 'one');
    const fill = (b: ChangeSetBuilder) => {
      for (const path of ['a', 'b', 'c']) b.setEntry(bytes(path), one);
    };
    const before = await treeOf((b) => {
      fill(b);
      b.setHardLink(bytes('b'), bytes('a'));
    });
    const after = await treeOf((b) => {
      fill(b);
      b.setHardLink(bytes('c'), bytes('a'));
    });

    expect(await differencesOf(before, after)).toEqual([
      { kind: 'relinked', path: 'a', before: ['a', 'b'], after: ['a', 'c'] },
      { kind: 'relinked', path: 'b', before: ['a', 'b'], after: ['b'] },
      { kind: 'relinked', path: 'c', before: ['c'], after: ['a', 'c'] },
    ]);
  });

  it('gives what turns the first tree into the second', async () => {
    const contents = await Promise.all(['1', '2'].map((text) => fileOf(store, text)));
    const path = fc
      .array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 3 })
      .map((names) => bytes(names.join('/')));
    const anyTree = fc.array(fc.tuple(path, fc.nat(1), fc.constantFrom(0o600, 0o644)), {
      maxLength: 12,
    });

    await fc.assert(
      fc.asyncProperty(anyTree, anyTree, async (first, second) => {
        const [before, after] = await Promise.all(
          [first, second].map((files) =>
            treeOf((b) => {
              for (const [at, content, mode] of files)
                b.setEntry(at, { ...contents[content]!, mode });
            }),
          ),
        );
        const transaction = await Transaction.open(store, before);

        for await (const one of diffTrees(store, before!, after!))
          await applyDifference(transaction, one);

        expect((await transaction.commit()).toString()).toBe(after!.toString());
      }),
      { numRuns: 150 },
    );
  });
});

async function applyDifference(transaction: Transaction, one: Difference): Promise<void> {
  if (one.kind === 'relinked') return;
  const typed = one.kind === 'changed' && one.aspects.includes('type');
  if (one.kind === 'removed' || typed) await transaction.remove(one.path);
  if (one.kind === 'added' || typed) return make(transaction, one.path, one.after);
  if (one.kind !== 'changed') return;
  if (one.after.kind === 'directory')
    return transaction.setAttributes(one.path, attributesOf(one.after));
  await transaction.remove(one.path);
  await transaction.create(one.path, one.after);
}

async function make(transaction: Transaction, path: ByteString, entry: TreeEntry): Promise<void> {
  if (entry.kind !== 'directory') return transaction.create(path, entry);
  await transaction.createDirectory(path, entry);
  for await (const below of pathsBelow(store, path, entry)) {
    if (below.entry.kind === 'directory')
      await transaction.createDirectory(below.path, below.entry);
    else await transaction.create(below.path, below.entry);
  }
}

describe('findRenames()', () => {
  it('joins a removed file with an added one of the same content', async () => {
    const one = await fileOf(store, 'one');
    const before = await treeOf((b) => b.setEntry(bytes('old'), one));
    const after = await treeOf((b) => b.setEntry(bytes('new'), { ...one, mode: 0o600 }));

    const differences = findRenames(await differencesOf(before, after));

    expect(summary(differences)).toEqual(['renamed new old']);
  });

  it('joins files and whole directories that moved', async () => {
    const [one, two] = [await fileOf(store, 'one'), await fileOf(store, 'two')];
    const before = await treeOf((b) => {
      for (let index = 0; index < 500; index += 1) b.setEntry(bytes(`lib/${index}`), one);
      b.setEntry(bytes('old'), two);
    });
    const transaction = await Transaction.open(store, before);
    await transaction.rename(bytes('lib'), bytes('library'));
    await transaction.rename(bytes('old'), bytes('new'));
    const after = await transaction.commit();

    const differences = findRenames(await differencesOf(before, after));

    expect(summary(differences)).toEqual(['renamed library lib', 'renamed new old']);
  });

  it('prefers the same name among equals, and uses every source once', async () => {
    const one = await fileOf(store, 'one');
    const before = await treeOf((b) => {
      for (const path of ['a/x', 'a/y', 'keep']) b.setEntry(bytes(path), one);
      b.setEntry(bytes('b/other'), symlinkTo('z'));
    });
    const transaction = await Transaction.open(store, before);
    await transaction.remove(bytes('a/x'));
    await transaction.remove(bytes('a/y'));
    for (const path of ['b/y', 'b/z', 'b/zz']) await transaction.create(bytes(path), one);
    const after = await transaction.commit();

    const differences = findRenames(await differencesOf(before, after));

    expect(summary(differences)).toEqual(['renamed b/y a/y', 'renamed b/z a/x', 'added b/zz']);
  });

  it('does not take empty files and empty directories for each other', async () => {
    const empty = await fileOf(store, '');
    const before = await treeOf((b) => {
      b.setEntry(bytes('f'), empty);
      b.setDirectory(bytes('d'), attributes());
    });
    const after = await treeOf((b) => {
      b.setEntry(bytes('g'), empty);
      b.setDirectory(bytes('e'), attributes());
    });

    expect(summary(findRenames(await differencesOf(before, after)))).toEqual([
      'removed d',
      'added e',
      'removed f',
      'added g',
    ]);
  });
});

describe('EMPTY_DIRECTORY', () => {
  it('is the CID of a directory without entries', async () => {
    expect((await emptyDirectory(store)).toString()).toBe(EMPTY_DIRECTORY.toString());
  });
});
