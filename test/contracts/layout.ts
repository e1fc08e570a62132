import { describe, expect, it } from 'vitest';
import type { Layout } from '../../src/lib/store/layouts/layout.js';
import { MemoryStore } from '../../src/lib/store/backends/memory-store.js';
import type { StoredBytes } from '../../src/lib/store/ipld-store.js';

function* chunksOf(count: number): Generator<Uint8Array> {
  for (let index = 0; index < count; index++) yield Uint8Array.of(index >>> 8, index & 255, 9);
}

/** Puts the chunks that {@link chunksOf} yields, one by one. */
async function* storedIn(store: MemoryStore, count: number): AsyncGenerator<StoredBytes> {
  for (const chunk of chunksOf(count)) {
    yield { cid: await store.putRawBlock(chunk), sizeBytes: chunk.length };
  }
}

/** Declares the tests that every layout passes. */
export function describeLayout(name: string, createLayout: () => Layout): void {
  describe(`${name} as a Layout`, () => {
    it.each([0, 1, 2, 3, 4, 5, 16, 17, 64, 65, 300])('keeps %i chunks in order', async (count) => {
      const store = new MemoryStore();

      const { cid, sizeBytes } = await createLayout()(storedIn(store, count), store);

      const read: Uint8Array[] = [];
      for await (const piece of store.getBytes(cid)) read.push(piece);
      const expected: Uint8Array[] = [];
      for (const chunk of chunksOf(count)) expected.push(chunk);
      expect(Buffer.concat(read).equals(Buffer.concat(expected))).toBe(true);
      expect([sizeBytes, await store.getCidSize(cid)]).toEqual([3 * count, 3 * count]);
    });

    it('lets every byte be reached by its offset', async () => {
      const store = new MemoryStore();
      const { cid, sizeBytes } = await createLayout()(storedIn(store, 40), store);
      const whole: number[] = [];
      for await (const piece of store.getBytes(cid)) whole.push(...piece);

      for (let offsetBytes = 0; offsetBytes < sizeBytes; offsetBytes++) {
        const range = { offsetBytes, lengthBytes: 1 };
        for await (const piece of store.getBytes(cid, range)) {
          expect([...piece]).toEqual([whole[offsetBytes]]);
        }
      }
    });

    it('stores no node when the chunks fail', async () => {
      const store = new MemoryStore();
      async function* failing(): AsyncGenerator<StoredBytes> {
        yield* storedIn(store, 3);
        throw new Error('the chunks failed');
      }

      await expect(createLayout()(failing(), store)).rejects.toThrow('the chunks failed');

      expect(await store.getBlockCount()).toBe(3);
    });
  });
}
