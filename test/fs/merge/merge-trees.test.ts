import * as fc from '../../support/fast-check.js';
import { runsOf } from '../../support/randomness.js';
import type { CID } from 'multiformats/cid';
import { describe, expect, it } from 'vitest';
import { ChangeSetBuilder } from '../../../src/lib/fs/change-set/change-set-builder.js';
import type { LeafEntry } from '../../../src/lib/fs/entry.js';
import { flatten } from '../../../src/lib/fs/change-set/flatten.js';
import { lookup } from '../../../src/lib/fs/tree/lookup.js';
import type { TreeMerge } from '../../../src/lib/fs/merge/merge-trees.js';
import { mergeTrees } from '../../../src/lib/fs/merge/merge-trees.js';
import { Transaction } from '../../../src/lib/fs/transaction/transaction.js';
import { walkTree } from '../../../src/lib/fs/tree/walk-tree.js';
import { MemoryStore } from '../../../src/lib/store/backends/memory-store.js';
import { CountingStore } from '../support/counting-store.js';
import { attributes, bytes, fileOf, listing, symlinkTo } from '../support/trees.js';

const store = new MemoryStore();
const contents = await Promise.all(['one', 'two', 'three'].map((text) => fileOf(store, text)));
const [one, two, three] = contents as [LeafEntry, LeafEntry, LeafEntry];
const special = attributes();

type Fill = (builder: ChangeSetBuilder) => void;
const nothing: Fill = () => undefined;
const put =
  (path: string, entry: LeafEntry): Fill =>
  (b) =>
    b.setEntry(bytes(path), entry);

async function treeOf(...fills: Fill[]): Promise<CID> {
  const builder = new ChangeSetBuilder(store);
  for (const fill of fills) fill(builder);
  return flatten(store, [await builder.commit()]);
}

async function merge(base: Fill, ours: Fill, theirs: Fill): Promise<TreeMerge> {
  return mergeTrees(store, {
    base: await treeOf(base),
    ours: await treeOf(ours),
    theirs: await treeOf(theirs),
  });
}

function summary({ conflicts }: TreeMerge): string[] {
  return conflicts.map(({ path, reason }) => `${path} ${reason}`);
}

const path = fc
  .array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 3 })
  .map((names) => bytes(names.join('/')));
const files = fc.array(
  fc.tuple(path, fc.constantFrom(...contents), fc.constantFrom(0o600, 0o644), fc.nat(3)),
  {
    maxLength: 8,
  },
);
const anyTree = files.map((all): Fill => (builder) => {
  for (const [at, file, mode, seconds] of all) {
    builder.setEntry(at, { ...file, mode, mtime: { seconds, nanoseconds: 0 } });
  }
});

describe('mergeTrees()', () => {
  it('gives the side that changed something when the other changed nothing', async () => {
    await fc.assert(
      fc.asyncProperty(anyTree, anyTree, async (before, after) => {
        const [base, changed] = [await treeOf(before), await treeOf(after)];

        const merges = [
          await mergeTrees(store, { base, ours: changed, theirs: base }),
          await mergeTrees(store, { base, ours: base, theirs: changed }),
          await mergeTrees(store, { base, ours: changed, theirs: changed }),
        ];

        for (const { root, conflicts } of merges) {
          expect(root.toString()).toBe(changed.toString());
          expect(conflicts).toEqual([]);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('gives the mirror image when the sides are exchanged', async () => {
    await fc.assert(
      fc.asyncProperty(anyTree, anyTree, anyTree, async (before, left, right) => {
        const [base, ours, theirs] = [
          await treeOf(before),
          await treeOf(left),
          await treeOf(right),
        ];

        const forward = await mergeTrees(store, { base, ours, theirs });
        const backward = await mergeTrees(store, { base, ours: theirs, theirs: ours });

        const mirrored = backward.conflicts.map((one) => ({
          ...one,
          ours: one.theirs,
          theirs: one.ours,
        }));
        expect(mirrored).toEqual(forward.conflicts);
        if (mirrored.length === 0) expect(backward.root.toString()).toBe(forward.root.toString());
      }),
      { numRuns: 150 },
    );
  });

  it('gives the same tree whichever of three sides are merged first, where nothing conflicts', async () => {
    let compared = 0;
    await fc.assert(
      fc.asyncProperty(anyTree, files, files, files, async (before, ...edits) => {
        const base = await treeOf(before);
        const sides: CID[] = [];
        for (const [index, edit] of edits.entries()) {
          const transaction = await Transaction.open(store, base);
          for (const [at, file, mode] of edit.slice(0, 2)) {
            const own = bytes(`${index}${at.replaceAll('/', '-')}`);
            await transaction.create(own, { ...file, mode }).catch(() => undefined);
          }
          sides.push(await transaction.commit());
        }
        const [x, y, z] = sides as [CID, CID, CID];

        const xy = await mergeTrees(store, { base, ours: x, theirs: y });
        const yz = await mergeTrees(store, { base, ours: y, theirs: z });
        const left = await mergeTrees(store, { base, ours: xy.root, theirs: z });
        const right = await mergeTrees(store, { base, ours: x, theirs: yz.root });

        expect([xy, yz, left, right].flatMap(summary)).toEqual([]);
        expect(right.root.toString()).toBe(left.root.toString());
        compared += 1;
      }),
      { numRuns: 50 },
    );
    expect(compared).toBe(runsOf(50));
  });

  it('joins changes of different paths', async () => {
    const base: Fill = (b) => {
      for (const name of ['d/a', 'd/b', 'e']) put(name, one)(b);
    };
    const merged = await merge(
      base,
      (b) => [base, put('d/a', two), put('d/new', one)].forEach((fill) => fill(b)),
      (b) => [put('d/a', one), put('d/b', three), put('f', two)].forEach((fill) => fill(b)),
    );

    expect(summary(merged)).toEqual([]);
    const expected = await treeOf(
      put('d/a', two),
      put('d/b', three),
      put('d/new', one),
      put('f', two),
    );
    expect(merged.root.toString()).toBe(expected.toString());
  });

  it('joins changes of different attributes of one file', async () => {
    const xattrs = new Map([[bytes('user.a'), Uint8Array.of(1)]]);
    const merged = await merge(
      put('f', one),
      put('f', { ...one, mode: 0o755, mtime: { seconds: 5, nanoseconds: 0 } }),
      put('f', { ...two, uid: 7, xattrs, mtime: { seconds: 4, nanoseconds: 9 } }),
    );

    expect(summary(merged)).toEqual([]);
    expect(await lookup(store, merged.root, bytes('f'))).toEqual({
      ...two,
      ...{ mode: 0o755, uid: 7, xattrs, mtime: { seconds: 5, nanoseconds: 0 } },
    });
  });

  it('makes no conflict of a change that both sides made', async () => {
    const merged = await merge(put('f', one), put('f', two), (b) => {
      put('f', two)(b);
      put('g', one)(b);
    });

    expect(summary(merged)).toEqual([]);
  });

  const kinds: readonly LeafEntry[] = [
    one,
    symlinkTo('x'),
    {
      kind: 'cidLink',
      ...special,
      target: one.kind === 'file' ? one.content : (undefined as never),
    },
    { kind: 'characterDevice', ...special, major: 1, minor: 3 },
    { kind: 'blockDevice', ...special, major: 8, minor: 0 },
    { kind: 'fifo', ...special },
    { kind: 'socket', ...special },
  ];

  it.each(kinds)('deletes an unchanged $kind that one side deleted', async (entry) => {
    const merged = await merge(put('f', entry), nothing, (b) => {
      put('f', entry)(b);
      put('g', one)(b);
    });

    expect(summary(merged)).toEqual([]);
    expect(await lookup(store, merged.root, bytes('f'))).toBeUndefined();
    expect(await lookup(store, merged.root, bytes('g'))).toBeDefined();
  });

  it.each(kinds)(
    'keeps a $kind that one side changed and the other deleted, as a conflict',
    async (entry) => {
      const changed = { ...entry, mode: 0o4711 };
      const merged = await merge(put('f', entry), nothing, put('f', changed));

      expect(merged.conflicts).toEqual([
        { path: 'f', reason: 'delete/modify', base: entry, ours: undefined, theirs: changed },
      ]);
      expect(await lookup(store, merged.root, bytes('f'))).toEqual(changed);
    },
  );

  it('keeps a directory that one side deleted and the other changed below, as a conflict', async () => {
    const merged = await merge(put('d/f', one), nothing, put('d/f', two));

    expect(summary(merged)).toEqual(['d delete/modify']);
    expect(await lookup(store, merged.root, bytes('d/f'))).toBeDefined();
  });

  it.each([
    {
      name: 'two contents',
      base: put('f', one),
      ours: put('f', two),
      theirs: put('f', three),
      reason: 'modify/modify',
    },
    {
      name: 'two modes',
      base: put('f', one),
      ours: put('f', { ...one, mode: 1 }),
      theirs: put('f', { ...one, mode: 2 }),
      reason: 'modify/modify',
    },
    {
      name: 'two new files',
      base: nothing,
      ours: put('f', two),
      theirs: put('f', three),
      reason: 'add/add',
    },
    {
      name: 'a new file and a new directory',
      base: nothing,
      ours: put('f', two),
      theirs: put('f/x', three),
      reason: 'file/directory',
    },
    {
      name: 'a changed file and a directory in its place',
      base: put('f', one),
      ours: put('f', two),
      theirs: put('f/x', three),
      reason: 'file/directory',
    },
  ])('keeps both sides of $name as values', async ({ base, ours, theirs, reason }) => {
    const merged = await merge(base, ours, theirs);

    expect(summary(merged)).toEqual([`f ${reason}`]);
    const [conflict] = merged.conflicts;
    expect(conflict?.ours).toEqual(await lookup(store, await treeOf(ours), bytes('f')));
    expect(conflict?.theirs).toEqual(await lookup(store, await treeOf(theirs), bytes('f')));
    expect(await lookup(store, merged.root, bytes('f'))).toEqual(conflict?.ours);
  });

  it('joins directories that both sides made', async () => {
    const merged = await merge(nothing, put('d/a', one), put('d/b', two));

    expect(summary(merged)).toEqual([]);
    expect(merged.root.toString()).toBe(
      (await treeOf(put('d/a', one), put('d/b', two))).toString(),
    );
  });

  it('keeps hard links that either side made, and parts those that either side parted', async () => {
    const base: Fill = (b) => {
      put('a', one)(b);
      for (const name of ['b', 'c']) b.setHardLink(bytes(name), bytes('a'));
      put('x', two)(b);
    };
    const ours: Fill = (b) => {
      base(b);
      b.setHardLink(bytes('y'), bytes('x'));
    };
    const theirs: Fill = (b) => {
      base(b);
      put('b', three)(b);
    };

    const merged = await merge(base, ours, theirs);

    expect(summary(merged)).toEqual([]);
    const links = (await listing(store, merged.root)).flatMap(
      (line) => /^(\S+).*=(\S+)$/.exec(line)?.slice(1) ?? [],
    );
    expect(links).toEqual(['/c', '/a', '/y', '/x']);
  });

  it('gives a valid tree even where hard links are in conflict', async () => {
    const links = fc.array(fc.tuple(path, path), { maxLength: 4 });
    const withLinks = fc.tuple(files, links).map(([all, pairs]): Fill => (builder) => {
      for (const [at, file] of all) builder.setEntry(at, file);
      for (const [at, target] of pairs) {
        const found = builder.get(target);
        if (found && found.kind !== 'directory') builder.setHardLink(at, target);
      }
    });

    await fc.assert(
      fc.asyncProperty(withLinks, withLinks, withLinks, async (...fills) => {
        const { root } = await merge(...fills);

        let count = 0;
        for await (const { inode } of walkTree(store, root)) count += inode >= 0 ? 1 : 0;
        expect(count).toBeGreaterThan(0);
      }),
      { numRuns: 200 },
    );
  });

  it('reads only what both sides changed', async () => {
    const base = await treeOf((b) => {
      for (let index = 0; index < 4000; index += 1)
        put(`d${index % 40}/s${index % 8}/${index}`, one)(b);
    });
    const edit = async (name: string) => {
      const transaction = await Transaction.open(store, base);
      await transaction.create(bytes(`d7/s7/${name}`), two);
      await transaction.create(bytes(`d${name.length}/${name}`), two);
      return transaction.commit();
    };
    const [ours, theirs] = [await edit('x'), await edit('yy')];
    const counting = new CountingStore(store);

    const { conflicts } = await mergeTrees(counting, { base, ours, theirs });

    expect(conflicts).toEqual([]);
    expect(counting.reads.length).toBeLessThan(20);
  });
});

describe('mergeTrees() with text', () => {
  it('merges files that both changed in other lines, with the attributes of both', async () => {
    const file = (text: string, mode = 0o644) => fileOf(store, text, { mode });
    const merged = await mergeAsText({
      base: await file('1\n2\n3\n'),
      ours: await file('one\n2\n3\n', 0o600),
      theirs: await file('1\n2\nthree\n'),
    });

    expect(merged.conflicts).toEqual([]);
    expect(await lookup(store, merged.root, bytes('f'))).toEqual(
      await file('one\n2\nthree\n', 0o600),
    );
  });

  it('keeps both sides as values, and as one text with markers, where lines conflict', async () => {
    const [base, ours, theirs] = [
      await fileOf(store, 'a\n'),
      await fileOf(store, 'b\n'),
      await fileOf(store, 'c\n'),
    ];
    const { conflicts, root } = await mergeAsText({ base, ours, theirs });

    expect(conflicts).toMatchObject([{ path: 'f', reason: 'modify/modify', base, ours, theirs }]);
    expect(Buffer.from(conflicts[0]!.text!.bytes).toString()).toBe(
      '<<<<<<< ours\nb\n||||||| base\na\n=======\nc\n>>>>>>> theirs\n',
    );
    expect(await lookup(store, root, bytes('f'))).toEqual(ours);
  });

  it('leaves alone what is no text on each side, and files whose attributes conflict', async () => {
    const [base, ours, theirs] = [one, await fileOf(store, 'x', { mode: 0o600 }), two];
    const others = { ...theirs, mode: 0o755 };
    const binary = await fileOf(store, '\0');
    const outcomes = [
      await mergeAsText({ base, ours, theirs: others }),
      await mergeAsText({ base, ours: two, theirs: binary }),
      await mergeAsText({ base, ours: two, theirs: symlinkTo('x') }),
    ];

    expect(outcomes.flatMap(summary)).toEqual(Array(3).fill('f modify/modify'));
    expect(outcomes.flatMap(({ conflicts }) => conflicts.map(({ text }) => text))).toEqual(
      Array(3).fill(undefined),
    );
  });

  it('merges files that both added as far as they are equal', async () => {
    const { conflicts } = await mergeAsText({ base: undefined, ours: one, theirs: two });

    expect(conflicts).toMatchObject([{ reason: 'add/add', text: { conflictCount: 1 } }]);
  });

  async function mergeAsText(sides: Record<'base' | 'ours' | 'theirs', LeafEntry | undefined>) {
    const tree = async (entry: LeafEntry | undefined) => treeOf(entry ? put('f', entry) : nothing);
    const [base, ours, theirs] = [sides.base, sides.ours, sides.theirs].map(tree);
    const request = { base: await base!, ours: await ours!, theirs: await theirs! };
    return mergeTrees(store, request, { text: store });
  }
});
