import { beforeEach, describe, expect, it } from 'vitest';
import { cidOf, RAW_CODEC } from '../../src/lib/store/block/block-id.js';
import type { IpldStore } from '../../src/lib/store/ipld-store.js';
import { pseudoRandomBytes, sliced } from '../support/random-bytes.js';
import { readAll } from '../support/store-values.js';

/**
 * Declares those tests of containerd's content suite (`core/content/testsuite`), under its names,
 * that say something about a store without ingests in progress, labels and namespaces.
 */
export function describeContent(getStore: () => IpldStore): void {
  let store: IpldStore;

  beforeEach(() => {
    store = getStore();
  });

  describe("containerd's content suite", () => {
    it('CommitExists: takes a block that is there, as often as it comes', async () => {
      const bytes = pseudoRandomBytes(256, 40);
      const cid = cidOf(RAW_CODEC, bytes);
      await store.putBlock(cid, bytes);
      await store.flush();

      await store.putBlock(cid, bytes);
      await store.flush();

      expect(await store.getBlockCount()).toBe(1);
      expect(Buffer.compare(await store.getBlock(cid), bytes)).toBe(0);
    });

    it('CommitErrorState: stores nothing of wrong bytes, and takes the right ones after them', async () => {
      const bytes = pseudoRandomBytes(256, 41);
      const cid = cidOf(RAW_CODEC, bytes);

      for (const wrong of [bytes.subarray(1), pseudoRandomBytes(256, 42), new Uint8Array(0)]) {
        await expect(store.putBlock(cid, wrong)).rejects.toMatchObject({
          code: 'STORE_BLOCK_CORRUPT',
        });
      }
      const before = await store.has(cid);
      await store.putBlock(cid, bytes);

      expect([before, await store.has(cid), await store.getBlockCount()]).toEqual([false, true, 1]);
    });

    it('SmallBlob: reads one that is shorter than anything that is cut', async () => {
      const { cid, sizeBytes } = await store.putBytes([Buffer.from('foobar')]);

      expect([sizeBytes, await store.getCidSize(cid)]).toEqual([6, 6]);
      expect((await readAll(store.getBytes(cid))).toString()).toBe('foobar');
      const range = { offsetBytes: 3, lengthBytes: 2 };
      expect((await readAll(store.getBytes(cid, range))).toString()).toBe('ba');
    });

    it('Resume: takes a sequence whole after its source has failed half way', async () => {
      const bytes = pseudoRandomBytes(60_000, 43);
      async function* failing(): AsyncGenerator<Uint8Array> {
        yield* sliced(bytes.subarray(0, 30_000), [1_000]);
        throw new Error('the line went dead');
      }
      await expect(store.putBytes(failing())).rejects.toThrow('the line went dead');
      const half = await store.getBlockCount();

      const { cid } = await store.putBytes([bytes]);

      expect((await readAll(store.getBytes(cid))).equals(bytes)).toBe(true);
      const { keptBlocks, deletedBlocks } = await store.gc([cid]);
      expect(keptBlocks).toBeGreaterThan(half);
      expect(deletedBlocks).toBeLessThanOrEqual(1);
    });
  });
}
