import type { CID } from 'multiformats/cid';
import { describe, expect, it } from 'vitest';
import { findMergeBases, logOfPath, readHistory } from '../../../src/lib/fs/version/history.js';
import { Transaction } from '../../../src/lib/fs/transaction/transaction.js';
import { commitVersion } from '../../../src/lib/fs/version/version.js';
import { MemoryStore } from '../../../src/lib/store/backends/memory-store.js';
import { CountingStore } from '../support/counting-store.js';
import { attributes, bytes, fileOf } from '../support/trees.js';

const store = new MemoryStore();

/** Makes a version by writing `files` into the tree of the first of `previous`. */
async function version(
  message: string,
  previous: readonly CID[],
  files: Readonly<Record<string, string>>,
): Promise<CID> {
  const transaction = await Transaction.open(store, previous[0]);
  for (const [path, text] of Object.entries(files)) {
    const directory = bytes(path.split('/').slice(0, -1).join('/'));
    if (!(await transaction.get(directory))) {
      await transaction.createDirectory(directory, attributes({ mode: 0o755 }));
    }
    const content = [new TextEncoder().encode(text)];
    await transaction.write(bytes(path), content, attributes());
  }
  return commitVersion(store, { root: await transaction.commit(), previous, message });
}

/**
 * ```
 * first ── left ──── merge ── last
 *      └── right ───┘
 * ```
 */
async function fixture() {
  const first = await version('first', [], { 'd/a': '1', 'd/b': '1' });
  const left = await version('left', [first], { 'd/a': '2' });
  const right = await version('right', [first], { 'd/b': '2' });
  const merge = await version('merge', [left, right], { 'd/b': '2' });
  const last = await version('last', [merge], { 'e/c': '1' });
  return { first, left, right, merge, last };
}

const messages = (items: readonly { readonly message?: string }[]) =>
  items.map(({ message }) => message);

describe('readHistory()', () => {
  it('gives every version once, before those it came from', async () => {
    const { last } = await fixture();

    expect(messages(await readHistory(store, last))).toEqual([
      'last',
      'merge',
      'left',
      'right',
      'first',
    ]);
  });

  it('goes through 3,000 versions in a row', async () => {
    const { root } = (await readHistory(store, (await fixture()).first))[0]!;
    let cid: CID | undefined;
    const roots = [root, (await readHistory(store, (await fixture()).left))[0]!.root];
    for (let index = 0; index < 3000; index += 1) {
      cid = await commitVersion(store, {
        root: roots[index % 2]!,
        previous: cid ? [cid] : [],
        message: `${index}`,
      });
    }

    expect(await readHistory(store, cid!)).toHaveLength(3000);
  });
});

describe('logOfPath()', () => {
  it.each([
    { path: 'd/a', expected: ['left', 'first'] },
    { path: 'd/b', expected: ['right', 'first'] },
    { path: 'd', expected: ['merge', 'left', 'right', 'first'] },
    { path: 'e/c', expected: ['last'] },
    { path: '', expected: ['last', 'merge', 'left', 'right', 'first'] },
    { path: 'nothing', expected: [] },
  ])('names the versions in which /$path became what it is', async ({ path, expected }) => {
    const { last } = await fixture();

    expect(messages(await logOfPath(store, last, bytes(path)))).toEqual(expected);
  });

  it('names the version that deleted a path', async () => {
    const { last } = await fixture();
    const transaction = await Transaction.open(store, last);
    await transaction.remove(bytes('d'));
    const root = await transaction.commit();
    const deleted = await commitVersion(store, { root, previous: [last], message: 'deleted' });

    const [item] = await logOfPath(store, deleted, bytes('d/a'));

    expect(item).toMatchObject({ message: 'deleted', entry: undefined });
  });

  it('reads nothing below or beside the path', async () => {
    const { first } = await fixture();
    const transaction = await Transaction.open(store, first);
    const file = await fileOf(store, 'x');
    for (let index = 0; index < 500; index += 1)
      await transaction.create(bytes(`d/f${index}`), file);
    const root = await transaction.commit();
    const big = await commitVersion(store, { root, previous: [first] });
    const counting = new CountingStore(store);

    await logOfPath(counting, big, bytes('d'));

    expect(counting.reads).toHaveLength(6);
  });
});

describe('findMergeBases()', () => {
  it('finds what two sides came from', async () => {
    const { first, last, left, right } = await fixture();
    const basesOf = async (one: CID, other: CID) =>
      (await findMergeBases(store, one, other)).map(String);

    expect(await basesOf(left, right)).toEqual([first.toString()]);
    expect(await basesOf(last, right)).toEqual([right.toString()]);
    expect(await basesOf(last, last)).toEqual([last.toString()]);
  });

  it('finds both after a criss-cross merge, and none of unrelated versions', async () => {
    const { left, right } = await fixture();
    const one = await version('one', [left, right], { 'x/1': '1' });
    const two = await version('two', [right, left], { 'x/2': '2' });
    const stranger = await version('stranger', [], { 'z/z': 'z' });

    const bases = (await findMergeBases(store, one, two)).map(String);

    expect(bases.toSorted()).toEqual([left.toString(), right.toString()].toSorted());
    expect(await findMergeBases(store, one, stranger)).toEqual([]);
  });
});
