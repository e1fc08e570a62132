import { describe, expect, it } from 'vitest';
import { ByteIngest } from '../../../src/lib/store/backends/byte-ingest.js';
import { MemoryStore } from '../../../src/lib/store/backends/memory-store.js';
import { fixedSize } from '../../../src/lib/store/chunkers/fixed-size.js';
import { balancedDag } from '../../../src/lib/store/layouts/balanced-dag.js';
import { pseudoRandomBytes, sliced } from '../../support/random-bytes.js';

const KIB = 1024;
const BYTES = pseudoRandomBytes(5_000 * KIB, 1);

function ingestInto(put: (bytes: Uint8Array) => void | Promise<void>): ByteIngest {
  return new ByteIngest({
    chunker: fixedSize({ sizeBytes: 100 * KIB }),
    layout: balancedDag(),
    target: new MemoryStore(),
    putHashed: async (chunks) => {
      for (const { bytes } of chunks) await put(bytes);
    },
  });
}

describe('ByteIngest', () => {
  it('puts the chunks in order, one at a time', async () => {
    const put: number[] = [];
    let underWay = 0;
    const ingest = ingestInto(async (bytes) => {
      expect(underWay).toBe(0);
      underWay += 1;
      await new Promise((resolve) => setImmediate(resolve));
      underWay -= 1;
      put.push(Buffer.from(BYTES.buffer).indexOf(bytes.subarray(0, 64)));
    });

    await ingest.putBytes(sliced(BYTES, [70 * KIB]));

    expect(put).toEqual(Array.from({ length: 50 }, (_, index) => index * 100 * KIB));
  });

  it('rejects with the failure of a put, and reads no further', async () => {
    let given = 0;
    async function* source(): AsyncGenerator<Uint8Array> {
      for await (const piece of sliced(BYTES, [100 * KIB])) {
        given += 1;
        yield piece;
      }
    }
    const ingest = ingestInto(() => {
      throw new Error('the disk is full');
    });

    await expect(ingest.putBytes(source())).rejects.toThrow('the disk is full');

    expect(given).toBeLessThan(40);
  });

  it('rejects with the failure of the source while a batch is hashed', async () => {
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield* sliced(BYTES.subarray(0, 3_000 * KIB), [100 * KIB]);
      throw new Error('the source failed');
    }

    await expect(ingestInto(() => undefined).putBytes(failing())).rejects.toThrow(
      'the source failed',
    );
  });
});
