import * as fc from '../../support/fast-check.js';
import type { CID } from 'multiformats/cid';
import { describe, expect, it } from 'vitest';
import type { ByteString } from '../../../src/lib/base/bytes.js';
import { ChangeSetBuilder } from '../../../src/lib/fs/change-set/change-set-builder.js';
import { flatten } from '../../../src/lib/fs/change-set/flatten.js';
import type { Attributes, LeafEntry } from '../../../src/lib/fs/entry.js';
import { lookup } from '../../../src/lib/fs/tree/lookup.js';
import { exportUpper } from '../../../src/lib/fs/upper/export-upper.js';
import { importUpper } from '../../../src/lib/fs/upper/import-upper.js';
import type { UpperEntry } from '../../../src/lib/fs/upper/upper-entry.js';
import { MemoryStore } from '../../../src/lib/store/backends/memory-store.js';
import { rejectionOf } from '../../support/failure.js';
import { changeSetOf, flattenIfSound, plainSteps } from '../support/random-change-sets.js';
import { attributes, bytes, fileOf, listing, symlinkTo } from '../support/trees.js';

const store = new MemoryStore();

function xattrs(values: Readonly<Record<string, string>>): Attributes['xattrs'] {
  return new Map(
    Object.entries(values).map(([name, value]) => [bytes(name), new TextEncoder().encode(value)]),
  );
}

function directory(path: string, values: Readonly<Record<string, string>> = {}): UpperEntry {
  const entry = { kind: 'directory', ...attributes({ mode: 0o755, xattrs: xattrs(values) }) };
  return { path: bytes(path), entry: entry as UpperEntry['entry'] };
}

function whiteout(path: string): UpperEntry {
  const device = { kind: 'characterDevice', major: 0, minor: 0 } as const;
  return { path: bytes(path), entry: { ...device, ...attributes({ mode: 0 }) } };
}

async function file(
  path: string,
  text: string,
  values: Readonly<Record<string, string>> = {},
): Promise<UpperEntry> {
  return { path: bytes(path), entry: await fileOf(store, text, { xattrs: xattrs(values) }) };
}

async function baseTree(): Promise<CID> {
  const builder = new ChangeSetBuilder(store);
  for (const path of ['', 'd', 'd/sub', 'e']) builder.setDirectory(bytes(path), attributes());
  builder.setEntry(bytes('d/f'), await fileOf(store, 'f of the base'));
  builder.setEntry(bytes('d/g'), await fileOf(store, 'g of the base'));
  builder.setEntry(bytes('d/sub/h'), await fileOf(store, 'h of the base'));
  builder.setHardLink(bytes('e/h'), bytes('d/sub/h'));
  builder.setEntry(bytes('e/link'), symlinkTo('d'));
  return flatten(store, [await builder.commit()]);
}

/** Returns the paths of the base with the upper over it. */
async function mountedPaths(upper: readonly UpperEntry[]): Promise<string[]> {
  const base = await baseTree();
  const change = await importUpper(store, upper, { base });
  const lines = await listing(store, await flatten(store, [base, change]));
  return lines.map((line) => line.replace(/ .*?( =|$)/, '$1'));
}

async function failureOf(upper: readonly UpperEntry[]): Promise<string> {
  const error = await rejectionOf(importUpper(store, upper, { base: await baseTree() }));
  expect(error.code).toBe('FS_OVERLAY_INVALID');
  return error.message;
}

async function collectUpper(change: CID, base: CID): Promise<UpperEntry[]> {
  const entries: UpperEntry[] = [];
  for await (const entry of exportUpper(store, change, { base })) entries.push(entry);
  return entries;
}

describe('importUpper()', () => {
  it('takes character devices 0/0 for deletions', async () => {
    const upper = [directory(''), directory('d'), whiteout('d/f'), whiteout('e')];

    expect(await mountedPaths(upper)).toEqual(['/', '/d', '/d/g', '/d/sub', '/d/sub/h']);
  });

  it('hides what the base has below an opaque directory', async () => {
    const upper = [
      directory(''),
      directory('d', { 'trusted.overlay.opaque': 'y' }),
      await file('d/new', 'new'),
    ];

    expect(await mountedPaths(upper)).toEqual(['/', '/d', '/d/new', '/e', '/e/h', '/e/link']);
  });

  it('takes marked empty files for deletions where the directory says that they are', async () => {
    const upper = [
      directory(''),
      directory('d', { 'trusted.overlay.opaque': 'x' }),
      await file('d/f', '', { 'trusted.overlay.whiteout': '' }),
      whiteout('e'),
    ];

    expect(await mountedPaths(upper)).toEqual(['/', '/d', '/d/g', '/d/sub', '/d/sub/h']);
  });

  it('puts what the base has at a redirect below the renamed directory', async () => {
    const upper = [
      directory(''),
      whiteout('d'),
      directory('moved', { 'trusted.overlay.redirect': 'd' }),
      whiteout('moved/f'),
      await file('moved/new', 'new'),
    ];

    expect(await mountedPaths(upper)).toEqual([
      ...['/', '/e', '/e/h', '/e/link', '/moved'],
      ...['/moved/g', '/moved/new', '/moved/sub', '/moved/sub/h =/e/h'],
    ]);
  });

  it('exchanges two directories that were renamed to each other', async () => {
    const upper = [
      directory(''),
      directory('d', { 'trusted.overlay.redirect': '/e' }),
      directory('e', { 'trusted.overlay.redirect': '/d' }),
    ];

    expect(await mountedPaths(upper)).toEqual([
      ...['/', '/d', '/d/h', '/d/link', '/e', '/e/f', '/e/g', '/e/sub', '/e/sub/h =/d/h'],
    ]);
  });

  it('finds a directory in a renamed directory where the base has it', async () => {
    const upper = [
      directory(''),
      whiteout('d'),
      directory('m', { 'trusted.overlay.redirect': 'd' }),
      whiteout('m/sub'),
      directory('m/s', { 'trusted.overlay.redirect': 'sub' }),
      await file('m/s/new', 'new'),
    ];

    const paths = await mountedPaths(upper);

    expect(paths.filter((path) => path.startsWith('/m'))).toEqual([
      ...['/m', '/m/f', '/m/g', '/m/s', '/m/s/h =/e/h', '/m/s/new'],
    ]);
  });

  it('takes the content of a metadata copy from the base', async () => {
    const base = await baseTree();
    const marks = { 'trusted.overlay.metacopy': '', 'trusted.overlay.redirect': '/d/g' };
    const upper = [directory(''), directory('d'), await file('d/renamed', '\0\0', marks)];

    const tree = await flatten(store, [base, await importUpper(store, upper, { base })]);

    const original = (await lookup(store, base, bytes('d/g'))) as LeafEntry;
    expect(await lookup(store, tree, bytes('d/renamed'))).toEqual(original);
  });

  it('leaves out marks of the mount and shows escaped attributes as users see them', async () => {
    const base = await baseTree();
    const upper = [
      directory(''),
      await file('x', 'x', {
        'trusted.overlay.origin': 'handle',
        'trusted.overlay.overlay.opaque': 'y',
        'user.overlay.opaque': 'plain',
        'user.own': 'kept',
      }),
    ];

    const change = await importUpper(store, upper, { base });

    const tree = await flatten(store, [base, change]);
    const entry = (await lookup(store, tree, bytes('x'))) as LeafEntry;
    expect([...entry.xattrs.keys()].sort()).toEqual([
      ...['trusted.overlay.opaque', 'user.overlay.opaque', 'user.own'],
    ]);
  });

  it('reads the marks of a mount with userxattr', async () => {
    const base = await baseTree();
    const upper = [directory(''), directory('d', { 'user.overlay.opaque': 'y' })];

    const change = await importUpper(store, upper, { base, namespace: 'user' });

    const tree = await flatten(store, [base, change]);
    expect(await lookup(store, tree, bytes('d/f'))).toBeUndefined();
    expect((await lookup(store, tree, bytes('d'))) as Attributes).toMatchObject({
      xattrs: new Map(),
    });
  });

  const redirect = 'trusted.overlay.redirect';
  it.each<{ name: string; upper: readonly UpperEntry[]; says: string }>([
    { name: 'an entry before its directory', upper: [whiteout('d/f')], says: 'before' },
    { name: 'a directory twice', upper: [directory(''), directory('')], says: 'twice' },
    {
      name: 'an unknown mark',
      upper: [directory('', { 'trusted.overlay.protattr': 'i' })],
      says: 'not known',
    },
    {
      name: 'an unknown value of the opaque mark',
      upper: [directory('', { 'trusted.overlay.opaque': 'z' })],
      says: '`opaque`',
    },
    {
      name: 'a digest in the metacopy mark',
      upper: [directory('', { 'trusted.overlay.metacopy': 'digest' })],
      says: '`metacopy`',
    },
    {
      name: 'a redirect out of the root',
      upper: [directory(''), directory('x', { [redirect]: '/../../etc' })],
      says: '`redirect`',
    },
    {
      name: 'a relative redirect with a slash',
      upper: [directory(''), directory('x', { [redirect]: 'd/sub' })],
      says: '`redirect`',
    },
    {
      name: 'a redirect to nothing',
      upper: [directory(''), directory('x', { [redirect]: 'nothing' })],
      says: 'renamed from',
    },
    {
      name: 'a redirect to a file',
      upper: [directory(''), directory('x', { [redirect]: '/d/f' })],
      says: 'renamed from',
    },
    {
      name: 'a hard link to a later file',
      upper: [directory(''), { ...fifo('a'), linkTarget: 'b' as ByteString }],
      says: 'hard link',
    },
  ])('refuses $name', async ({ upper, says }) => {
    expect(await failureOf(upper)).toContain(says);
  });

  it('refuses a file that is marked as a whiteout in an ordinary directory', async () => {
    const marked = await file('x', '', { 'trusted.overlay.whiteout': '' });

    expect(await failureOf([directory(''), marked])).toContain('whiteout');
  });

  it('refuses a metadata copy of something that the base does not have', async () => {
    const copy = await file('x', '', { 'trusted.overlay.metacopy': '' });

    expect(await failureOf([directory(''), copy])).toContain('content');
  });
});

describe('exportUpper()', () => {
  it('gives an upper that imports to a change set of the same meaning', async () => {
    let compared = 0;
    await fc.assert(
      fc.asyncProperty(plainSteps, plainSteps, async (baseSteps, steps) => {
        const base = await flattenIfSound(store, [await changeSetOf(store, baseSteps)]);
        const change = await changeSetOf(
          store,
          steps.filter(({ op }) => op !== 'link'),
        );
        if (base === undefined) return;

        const imported = await importUpper(store, exportUpper(store, change, { base }), { base });

        const expected = await flatten(store, [base, change]);
        expect((await flatten(store, [base, imported])).toString()).toBe(expected.toString());
        compared += 1;
      }),
      { numRuns: 100 },
    );
    expect(compared).toBeGreaterThan(20);
  });

  it('names the first path of a file for its other names', async () => {
    const builder = new ChangeSetBuilder(store);
    builder.setEntry(bytes('a'), await fileOf(store, 'a'));
    builder.setHardLink(bytes('b'), bytes('a'));

    const upper = await collectUpper(await builder.commit(), await baseTree());

    expect(upper.map(({ path, linkTarget }) => [path, linkTarget])).toEqual([
      ...[
        ['', undefined],
        ['a', undefined],
        ['b', 'a'],
      ],
    ]);
  });

  it('escapes attributes that overlayfs would take for its own', async () => {
    const builder = new ChangeSetBuilder(store);
    const own = xattrs({ 'trusted.overlay.opaque': 'y' });
    builder.setDirectory(bytes('new'), attributes({ xattrs: own }));

    const upper = await collectUpper(await builder.commit(), await baseTree());

    expect([...upper[1]!.entry.xattrs.keys()]).toEqual(['trusted.overlay.overlay.opaque']);
  });

  it.each<{ name: string; edit: (builder: ChangeSetBuilder) => void; says: string }>([
    {
      name: 'a hard link to a file of the base',
      edit: (b) => b.setHardLink(bytes('x'), bytes('d/f')),
      says: 'hard link',
    },
    {
      name: 'a path through a symbolic link of the base',
      edit: (b) => b.setTombstone(bytes('e/link/f')),
      says: 'symbolic link',
    },
    {
      name: 'the character device 0/0',
      edit: (b) => b.setEntry(bytes('x'), whiteout('x').entry as LeafEntry),
      says: '0/0',
    },
  ])('refuses $name', async ({ edit, says }) => {
    const builder = new ChangeSetBuilder(store);
    edit(builder);

    const error = await rejectionOf(collectUpper(await builder.commit(), await baseTree()));

    expect(error.code).toBe('FS_OVERLAY_INVALID');
    expect(error.message).toContain(says);
  });
});

function fifo(path: string): UpperEntry {
  return { path: bytes(path), entry: { kind: 'fifo', ...attributes() } };
}
