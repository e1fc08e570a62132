/**
 * Defects that an earlier design of such a filesystem had, each with a test that it is not here.
 *
 * Others of them have tests where they belong: deletions by a middle layer, opaque roots, undescribed
 * directories (`flatten-umoci.test.ts`, `change-set/flatten.test.ts`); devices, FIFOs, attributes and
 * all mode bits (`change-set/change-set-builder.test.ts`); commits without changes
 * (`transaction/transaction.test.ts`); identical trees of different pasts (`version/version.test.ts`).
 */
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ByteString } from '../../src/lib/base/bytes.js';
import { ChangeSetBuilder } from '../../src/lib/fs/change-set/change-set-builder.js';
import { flatten } from '../../src/lib/fs/change-set/flatten.js';
import { squash } from '../../src/lib/fs/change-set/squash.js';
import { Transaction } from '../../src/lib/fs/transaction/transaction.js';
import { getDirectoryEntry, readDirectory } from '../../src/lib/fs/tree/directory.js';
import { readTreeRoot } from '../../src/lib/fs/node/root-node.js';
import { commitVersion, readVersion } from '../../src/lib/fs/version/version.js';
import { MemoryStore } from '../../src/lib/store/backends/memory-store.js';
import { rejectionOf } from '../support/failure.js';
import { CountingStore } from './support/counting-store.js';
import { attributes, bytes, fileOf } from './support/trees.js';

/** A node may be no larger than this in any store. */
const BLOCK_LIMIT_BYTES = 1024 * 1024;

const directory = attributes({ mode: 0o755 });

describe('defects of the ancestor', () => {
  afterEach(() => vi.useRealTimers());

  it('the clock gets into nodes: the same edits at another time give the same root', async () => {
    const roots: string[] = [];
    for (const time of ['2001-01-01', '2031-12-31']) {
      vi.useFakeTimers({ toFake: ['Date'], now: new Date(time) });
      const store = new MemoryStore();
      const transaction = await Transaction.open(store);
      await transaction.createDirectory(bytes('d'), directory);
      await transaction.write(bytes('d/f'), [Uint8Array.of(1)], attributes());
      roots.push((await transaction.commit()).toString());
    }

    expect(roots[0]).toBe(roots[1]);
  });

  it('looking at a path makes new versions of what is on it', async () => {
    const store = new MemoryStore();
    const builder = new ChangeSetBuilder(store);
    builder.setEntry(bytes('a/b/c'), await fileOf(store, 'c'));
    const root = await flatten(store, [await builder.commit()]);
    const counting = new CountingStore(store);
    const nodes = { ...bound(counting), putBytes: store.putBytes.bind(store) };
    const transaction = await Transaction.open(nodes, root);

    await transaction.get(bytes('a/b/c'));
    await transaction.list(bytes('a/b'));

    expect((await transaction.commit()).toString()).toBe(root.toString());
    expect(counting.writes).toEqual([]);
  });

  it('what replaces something loses the past: history goes on over a path made anew', async () => {
    const store = new MemoryStore();
    const transaction = await Transaction.open(store);
    await transaction.write(bytes('f'), [Uint8Array.of(1)], attributes());
    const first = await commitVersion(store, { root: await transaction.commit(), previous: [] });
    await transaction.remove(bytes('f'));
    await transaction.createDirectory(bytes('f'), directory);

    const root = await transaction.commit();
    const second = await commitVersion(store, { root, previous: [first] });

    expect((await readVersion(store, second)).previous.map(String)).toEqual([first.toString()]);
  });

  it('a deletion keeps the deleted bytes: nothing below a tombstone or a tree names them', async () => {
    const store = new MemoryStore();
    const secret = await fileOf(store, 'deleted');
    const lower = new ChangeSetBuilder(store);
    lower.setEntry(bytes('d/secret'), secret);
    lower.setDirectory(bytes('d'), directory);
    const upper = new ChangeSetBuilder(store);
    upper.setTombstone(bytes('d/secret'));
    const changes = [await lower.commit(), await upper.commit()];

    const roots = [await flatten(store, changes), await squash(store, changes)];
    await store.gc(roots);

    expect(await Promise.all(roots.map((root) => store.has(root)))).toEqual([true, true]);
    expect(await store.has(secret.content)).toBe(false);
  });

  it('a directory is one node: 20,000 entries are many, each below the limit of a block', async () => {
    const store = new MemoryStore();
    const builder = new ChangeSetBuilder(store);
    const file = await fileOf(store, 'one');
    for (let index = 0; index < 20_000; index += 1) {
      builder.setEntry(bytes(`entry-${index}`), file);
    }
    const counting = new CountingStore(store);
    const { directory: root } = await readTreeRoot(
      store,
      await flatten(store, [await builder.commit()]),
    );

    expect((await readDirectory(counting, root)).length).toBe(20_000);

    expect(counting.reads.length).toBeGreaterThan(100);
    counting.reset();
    expect(await getDirectoryEntry(counting, root, bytes('entry-19999'))).toEqual(file);
    expect(counting.reads.length).toBeLessThanOrEqual(5);
    expect((await store.getBlock(root.entries)).length).toBeLessThan(BLOCK_LIMIT_BYTES);
  });

  it('names are decoded: two names that are no UTF-8 stay two names', async () => {
    const store = new MemoryStore();
    const transaction = await Transaction.open(store);
    const names = ['\xff', '\xfe', '\xc3\xa9'] as ByteString[];
    for (const name of names) await transaction.write(name, [], attributes());

    const { directory: root } = await readTreeRoot(store, await transaction.commit());

    const found = (await readDirectory(store, root)).map(({ name }) => name);
    expect(found).toEqual(['\xc3\xa9', '\xfe', '\xff']);
  });

  it.each(['../x', 'a/../../x', '/x', 'a//b', './x'])('a path leads out: %s', async (path) => {
    const transaction = await Transaction.open(new MemoryStore());

    const error = await rejectionOf(transaction.write(bytes(path), [], attributes()));

    expect(error.code).toBe('FS_PATH_INVALID');
  });
});

function bound(store: CountingStore): Pick<CountingStore, 'getNode' | 'putNode'> {
  return { getNode: store.getNode.bind(store), putNode: store.putNode.bind(store) };
}
