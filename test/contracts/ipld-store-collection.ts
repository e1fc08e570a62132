import type { CID } from 'multiformats/cid';
import { beforeEach, describe, expect, it } from 'vitest';
import type { IpldStore } from '../../src/lib/store/ipld-store.js';
import { pseudoRandomBytes } from '../support/random-bytes.js';
import { absentCid as absent, readAll as read } from '../support/store-values.js';

/** Declares the part of the store's contract that is about deleting; the caller opens and closes. */
export function describeCollection(getStore: () => IpldStore): void {
  let store: IpldStore;

  beforeEach(() => {
    store = getStore();
  });

  describe('gc()', () => {
    it('deletes what no root reaches and nothing else', async () => {
      const kept = await store.putBytes([pseudoRandomBytes(20_000, 7)]);
      const root = await store.putNode({ content: kept.cid });
      const shared = await store.putRawBlock(Uint8Array.of(1));
      const other = await store.putNode({ shared });
      const otherRoot = await store.putNode({ shared, root });
      const garbage = await store.putBytes([pseudoRandomBytes(20_000, 8)]);
      const before = await store.getBlockCount();

      const planned = await store.gc([root, other], { dryRun: true });
      const counted = await store.getBlockCount();
      const done = await store.gc([root, other]);

      expect(counted).toBe(before);
      expect(done).toEqual(planned);
      expect(done.keptBlocks).toBe(await store.getBlockCount());
      expect(done.deletedBlocks).toBe(before - done.keptBlocks);
      expect([await store.has(otherRoot), await store.has(garbage.cid)]).toEqual([false, false]);
      expect(await store.has(shared)).toBe(true);
      expect(await read(store.getBytes(kept.cid))).toHaveLength(20_000);
    });

    it('deletes nothing the second time', async () => {
      const root = await store.putNode({ n: 1 });
      await store.putNode({ n: 2 });
      await store.gc([root]);

      expect(await store.gc([root])).toEqual({
        deletedBlocks: 0,
        deletedBytes: 0,
        keptBlocks: 1,
        reclaimedBytes: 0,
      });
    });

    it('empties the store when there is no root', async () => {
      await store.putBytes([pseudoRandomBytes(20_000, 9)]);

      await store.gc([]);

      expect(await store.isEmpty()).toBe(true);
    });

    it('takes a block back after it was deleted', async () => {
      const cid = await store.putRawBlock(Uint8Array.of(5));
      await store.gc([]);

      await store.putRawBlock(Uint8Array.of(5));
      await store.flush();

      expect([...(await store.getRawBlock(cid))]).toEqual([5]);
    });

    it('passes over a root that it does not have', async () => {
      const root = await store.putNode({ n: 1 });

      const result = await store.gc([absent, root]);

      expect(result.keptBlocks).toBe(1);
    });

    it('deletes nothing when a node below a root is missing', async () => {
      const lost = await store.putNode({ lost: true });
      const root = await store.putNode({ lost });
      await store.gc([]);
      await store.putNode({ lost });
      await store.putNode({ garbage: true });

      await expect(store.gc([root])).rejects.toMatchObject({ code: 'STORE_BLOCK_MISSING' });

      expect(await store.getBlockCount()).toBe(2);
    });

    it('rejects, with nothing deleted, when reading the roots fails', async () => {
      await store.putNode({ n: 1 });
      async function* roots(): AsyncGenerator<CID> {
        yield absent;
        await Promise.reject(new Error('lockfile is unreadable'));
      }

      await expect(store.gc(roots())).rejects.toThrow('lockfile is unreadable');

      expect(await store.getBlockCount()).toBe(1);
    });

    it('counts a diamond once', async () => {
      const bottom = await store.putRawBlock(Uint8Array.of(1));
      const left = await store.putNode({ left: bottom });
      const right = await store.putNode({ right: bottom });
      const top = await store.putNode([left, right]);

      expect((await store.gc([top])).keptBlocks).toBe(4);
      expect((await store.gc([])).deletedBlocks).toBe(4);
    });
  });

  describe('dereference()', () => {
    it('deletes a block that nothing refers to', async () => {
      const cid = await store.putRawBlock(Uint8Array.of(1, 2, 3));

      const released = await store.dereference(cid);

      expect(released).toEqual({ deletedBlocks: 1, deletedBytes: 3 });
      expect(await store.has(cid)).toBe(false);
    });

    it('keeps a block that another one links to', async () => {
      const leaf = await store.putRawBlock(Uint8Array.of(1));
      const node = await store.putNode({ first: leaf, second: [leaf] });

      const released = await store.dereference(leaf);

      expect([released.deletedBlocks, await store.getReferenceCount(leaf)]).toEqual([0, 1]);
      expect([await store.has(leaf), await store.has(node)]).toEqual([true, true]);
    });

    it('deletes, with the last reference, everything below', async () => {
      const content = await store.putBytes([pseudoRandomBytes(50_000, 30)]);
      const root = await store.putNode({ content: content.cid });
      const count = await store.getBlockCount();

      const released = await store.dereference(root);

      expect([released.deletedBlocks, await store.isEmpty()]).toEqual([count, true]);
    });

    it('frees a diamond once and only with its last side', async () => {
      const bottom = await store.putRawBlock(Uint8Array.of(1));
      const left = await store.putNode({ left: bottom });
      const right = await store.putNode({ right: bottom });
      const counted = await store.getReferenceCount(bottom);

      const first = await store.dereference(left);
      const second = await store.dereference(right);

      expect([counted, first.deletedBlocks, second.deletedBlocks]).toEqual([2, 1, 2]);
      expect(await store.isEmpty()).toBe(true);
    });

    it('keeps a pinned block until every pin is dropped', async () => {
      const leaf = await store.putRawBlock(Uint8Array.of(1));
      const node = await store.putNode({ leaf });
      await store.pin(node);
      await store.pin(node);
      await store.pin(leaf);

      const first = await store.dereference(node);
      const second = await store.dereference(node);

      expect([first.deletedBlocks, second.deletedBlocks]).toEqual([0, 1]);
      expect([await store.has(leaf), await store.getReferenceCount(leaf)]).toEqual([true, 1]);
      expect((await store.gc([])).keptBlocks).toBe(1);
      expect((await store.dereference(leaf)).deletedBlocks).toBe(1);
    });

    it('counts a link to a block that is stored later', async () => {
      const leaf = await store.putRawBlock(Uint8Array.of(1));
      await store.dereference(leaf);
      await store.putNode({ leaf });

      await store.putRawBlock(Uint8Array.of(1));

      expect(await store.getReferenceCount(leaf)).toBe(1);
      expect((await store.dereference(leaf)).deletedBlocks).toBe(0);
    });

    it('does nothing for a block that is not there', async () => {
      expect(await store.dereference(absent)).toEqual({ deletedBlocks: 0, deletedBytes: 0 });
      expect(await store.getReferenceCount(absent)).toBe(0);
      await expect(store.pin(absent)).rejects.toMatchObject({ code: 'STORE_BLOCK_MISSING' });
    });

    it('counts right after collections and blocks that came back', async () => {
      const leaf = await store.putRawBlock(Uint8Array.of(1));
      const kept = await store.putNode({ leaf });
      await store.putNode({ leaf, garbage: true });
      await store.getReferenceCount(leaf);
      await store.gc([kept]);
      const after = await store.getReferenceCount(leaf);

      await store.putNode({ leaf, garbage: true });

      expect([after, await store.getReferenceCount(leaf)]).toEqual([1, 2]);
    });
  });
}
