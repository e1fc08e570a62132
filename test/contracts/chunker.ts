import * as fc from '../support/fast-check.js';
import { describe, expect, it } from 'vitest';
import type { Chunker } from '../../src/lib/store/chunkers/chunker.js';
import { pseudoRandomBytes, sliced } from '../support/random-bytes.js';

/** What a chunker under test promises. */
export interface ChunkerPromise {
  readonly minBytes: number;
  readonly maxBytes: number;
  /** every chunk but the last is a multiple of this many `bytes` */
  readonly alignBytes: number;
}

/** Returns the chunks of `source`, copied. */
export async function chunksOf(
  chunker: Chunker,
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<Buffer[]> {
  const chunks: Buffer[] = [];
  for await (const chunk of chunker(source)) chunks.push(Buffer.from(chunk));
  return chunks;
}

/** Declares the tests that every chunker passes. Sizes are to be a few KiB at most. */
export function describeChunker(name: string, chunker: Chunker, promise: ChunkerPromise): void {
  const { minBytes, maxBytes, alignBytes } = promise;

  describe(`${name} as a Chunker`, () => {
    it('yields nothing for no bytes', async () => {
      expect(await chunksOf(chunker, [])).toEqual([]);
      expect(await chunksOf(chunker, [new Uint8Array(0)])).toEqual([]);
    });

    it('yields input up to its whole size as one chunk', async () => {
      for (const size of [1, chunker.wholeUpToBytes]) {
        const chunks = await chunksOf(chunker, sliced(pseudoRandomBytes(size, 1), [7]));

        expect(chunks.map((chunk) => chunk.length)).toEqual([size]);
      }
    });

    it('yields chunks that concatenate to the input and are within the limits', async () => {
      const bytes = pseudoRandomBytes(300_000, 2);

      const chunks = await chunksOf(chunker, [bytes]);

      expect(Buffer.concat(chunks).equals(bytes)).toBe(true);
      for (const chunk of chunks.slice(0, -1)) {
        expect(chunk.length).toBeGreaterThanOrEqual(minBytes);
        expect(chunk.length % alignBytes).toBe(0);
      }
      for (const chunk of chunks) expect(chunk.length).toBeLessThanOrEqual(maxBytes);
    });

    it('cuts at the largest size where the content gives no reason to cut', async () => {
      const chunks = await chunksOf(chunker, [new Uint8Array(10 * maxBytes)]);

      expect(new Set(chunks.map((chunk) => chunk.length))).toEqual(new Set([maxBytes]));
    });

    it('cuts alike however the source slices the bytes', async () => {
      const bytes = pseudoRandomBytes(60_000, 3);
      const whole = (await chunksOf(chunker, [bytes])).map((chunk) => chunk.length);
      const sizes = fc.array(fc.integer({ min: 1, max: 9_000 }), { minLength: 1, maxLength: 6 });

      await fc.assert(
        fc.asyncProperty(sizes, async (pieceSizes) => {
          const chunks = await chunksOf(chunker, sliced(bytes, pieceSizes));
          expect(chunks.map((chunk) => chunk.length)).toEqual(whole);
        }),
        { numRuns: 40 },
      );
    });

    it('cuts a whole as it cuts a stream', async () => {
      for (const size of [0, 1, 5_000, 60_000, 300_000]) {
        const bytes = pseudoRandomBytes(size, 5);

        const chunks = chunker.chunksOf(bytes);

        expect(chunks.map((chunk) => chunk.length)).toEqual(
          (await chunksOf(chunker, [bytes])).map((chunk) => chunk.length),
        );
        expect(Buffer.compare(Buffer.concat(chunks), bytes)).toBe(0);
      }
    });

    it('rethrows the failure of the source', async () => {
      async function* failing(): AsyncGenerator<Uint8Array> {
        yield* sliced(pseudoRandomBytes(20_000, 4), [1_000]);
        throw new Error('the source failed');
      }

      await expect(chunksOf(chunker, failing())).rejects.toThrow('the source failed');
    });

    it('returns the source when the consumer stops', async () => {
      let returned = false;
      async function* source(): AsyncGenerator<Uint8Array> {
        try {
          yield* sliced(pseudoRandomBytes(200_000, 5), [1_000]);
        } finally {
          returned = true;
        }
      }

      for await (const chunk of chunker(source())) if (chunk.length > 0) break;

      expect(returned).toBe(true);
    });
  });
}
