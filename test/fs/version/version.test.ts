import type { CID } from 'multiformats/cid';
import { describe, expect, it } from 'vitest';
import { flatten } from '../../../src/lib/fs/change-set/flatten.js';
import { Transaction } from '../../../src/lib/fs/transaction/transaction.js';
import {
  commitVersion,
  MAX_MESSAGE_BYTES,
  readVersion,
  rootOf,
} from '../../../src/lib/fs/version/version.js';
import { MemoryStore } from '../../../src/lib/store/backends/memory-store.js';
import { rejectionOf } from '../../support/failure.js';
import { attributes, bytes } from '../support/trees.js';

async function fixture() {
  const store = new MemoryStore();
  const root = await flatten(store, []);
  const transaction = await Transaction.open(store, root);
  await transaction.createDirectory(bytes('d'), attributes());
  return { store, root, other: await transaction.commit() };
}

/** Reads a version with its CIDs as text. */
async function plain(store: MemoryStore, cid: CID) {
  const version = await readVersion(store, cid);
  return {
    ...version,
    root: version.root.toString(),
    previous: version.previous.map((previous) => previous.toString()),
  };
}

describe('commitVersion()', () => {
  it('is undone by readVersion()', async () => {
    const { store, root, other } = await fixture();
    const first = await commitVersion(store, {
      root,
      previous: [],
      source: 'docker.io/library/a:1',
    });
    const second = await commitVersion(store, { root: other, previous: [first], message: 'Ä\n' });
    const merge = { root, previous: [first, second], message: 'both', source: 'x' };

    expect(await plain(store, first)).toEqual({
      root: root.toString(),
      previous: [],
      source: 'docker.io/library/a:1',
    });
    expect(await plain(store, second)).toEqual({
      root: other.toString(),
      previous: [first.toString()],
      message: 'Ä\n',
    });
    expect(await plain(store, await commitVersion(store, merge))).toEqual({
      ...merge,
      root: root.toString(),
      previous: [first.toString(), second.toString()],
    });
  });

  it('gives the predecessor back when the tree is the same', async () => {
    const { store, root } = await fixture();
    const first = await commitVersion(store, { root, previous: [] });

    const again = await commitVersion(store, { root, previous: [first], message: 'no change' });

    expect(again.toString()).toBe(first.toString());
  });

  it('leaves trees without history: equal trees of different pasts are one root', async () => {
    const { store, root, other } = await fixture();
    const past = await commitVersion(store, { root: other, previous: [] });

    const one = await commitVersion(store, { root, previous: [] });
    const two = await commitVersion(store, { root, previous: [past] });

    expect(two.toString()).not.toBe(one.toString());
    expect((await rootOf(store, two)).toString()).toBe((await rootOf(store, one)).toString());
  });

  it('refuses a message that is too long', async () => {
    const { store, root } = await fixture();
    const message = 'ü'.repeat(MAX_MESSAGE_BYTES / 2 + 1);

    expect((await rejectionOf(commitVersion(store, { root, previous: [], message }))).code).toBe(
      'FS_LIMIT',
    );
  });

  it('refuses a predecessor that is named twice', async () => {
    const { store, root } = await fixture();
    const first = await commitVersion(store, { root, previous: [] });

    const twice = commitVersion(store, { root, previous: [first, first] });

    expect((await rejectionOf(twice)).code).toBe('FS_LIMIT');
  });
});

describe('readVersion()', () => {
  it('refuses a later format and names it', async () => {
    const { store } = await fixture();

    const error = await rejectionOf(readVersion(store, await store.putNode(['monofs-version', 9])));

    expect(error.code).toBe('STORE_FORMAT_UNSUPPORTED');
    expect(error.details['version']).toBe(9);
  });

  it('refuses every other kind of node', async () => {
    const { store, root } = await fixture();
    const nodes = [
      ['monofs-version', 1, root, [], null],
      ['monofs-version', 1, root, null, null, null],
      ['monofs-version', 1, root, [root, root], null, null],
      ['monofs-version', 1, 'root', [], null, null],
      ['monofs-version', 1, root, [], new Uint8Array(), null],
      ['monofs-version', '1', root, [], null, null],
    ];
    const cids = [root, ...(await Promise.all(nodes.map((node) => store.putNode(node))))];

    for (const cid of cids) {
      expect((await rejectionOf(readVersion(store, cid))).code).toBe('STORE_NODE_INVALID');
    }
  });
});

describe('rootOf()', () => {
  it('takes a tree for itself and refuses other nodes', async () => {
    const { store, root } = await fixture();

    expect((await rootOf(store, root)).toString()).toBe(root.toString());
    const error = await rejectionOf(rootOf(store, await store.putNode(['else'])));
    expect(error.code).toBe('STORE_NODE_INVALID');
  });
});
