import { CID } from 'multiformats/cid';
import { identity } from 'multiformats/hashes/identity';
import { beforeEach, describe, expect, it } from 'vitest';
import { cidOf, RAW_CODEC } from '../../src/lib/store/block/block-id.js';
import type { IpldStore } from '../../src/lib/store/ipld-store.js';
import { pseudoRandomBytes, sliced } from '../support/random-bytes.js';
import { absentCid, readAll } from '../support/store-values.js';

/**
 * Declares those tests of containerd's content suite (`core/content/testsuite`), under its names,
 * that say something about a store without ingests in progress, labels and namespaces.
 */
export function describeContent(getStore: () => IpldStore): void {
  let store: IpldStore;

  beforeEach(() => {
    store = getStore();
  });

  describe('readBlocks()', () => {
    it('gives each block with its position, durable or not, as often as it is asked for', async () => {
      const blocks = Array.from({ length: 100 }, (_, seed) => pseudoRandomBytes(seed * 91, seed));
      const cids: CID[] = [];
      for (const block of blocks) {
        cids.push(await store.putRawBlock(block));
        if (cids.length === 60) await store.flush();
      }
      cids.push(await store.putNode(blocks), cids[3]!, cids[3]!);

      const read = await readMany(store, cids);

      expect(read).toEqual(await Promise.all(cids.map((cid) => store.getBlock(cid))));
    });

    it.each([
      ['that is not there', absentCid],
      ['that no store has', CID.createV1(0x55, identity.digest(Uint8Array.of(1)))],
    ])('rejects for a block %s', async (_name, cid) => {
      const present = await store.putRawBlock(Uint8Array.of(1));

      await expect(readMany(store, [present, cid])).rejects.toMatchObject({
        code: 'STORE_BLOCK_MISSING',
      });
    });

    it('gives on what is thrown by who takes the blocks', async () => {
      const cid = await store.putRawBlock(Uint8Array.of(1));
      await store.flush();

      const reading = store.readBlocks([cid], () => {
        throw new Error('no room');
      });

      await expect(reading).rejects.toThrow('no room');
    });
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

async function readMany(
  store: IpldStore,
  cids: readonly CID[],
): Promise<readonly (Uint8Array | undefined)[]> {
  const read: Uint8Array[] = [];
  await store.readBlocks(cids, (bytes, position) => {
    expect(read[position]).toBeUndefined();
    read[position] = Uint8Array.from(bytes);
  });
  return read;
}
