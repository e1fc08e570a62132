import { describe, expect, it } from 'vitest';
import { BufferPool, recycled } from '../../src/lib/base/buffer-pool.js';

describe('BufferPool', () => {
  it('gives a released buffer again, whole', () => {
    const pool = new BufferPool(100);
    const first = pool.take();

    pool.release(first.subarray(10, 20));
    const again = pool.take();

    expect(again.buffer).toBe(first.buffer);
    expect(again.length).toBe(100);
  });

  it('gives no buffer twice', () => {
    const pool = new BufferPool(100);

    expect(pool.take().buffer).not.toBe(pool.take().buffer);
  });
});

describe('recycled()', () => {
  it('releases a piece when the next one is asked for, and not before', async () => {
    const pool = new BufferPool(8);
    async function* pieces(): AsyncGenerator<Uint8Array<ArrayBuffer>> {
      for (let index = 0; index < 5; index++) {
        const buffer = pool.take();
        buffer.fill(index);
        yield await Promise.resolve(buffer.subarray(0, 4));
      }
    }
    const seen: number[][] = [];
    const buffers = new Set<ArrayBufferLike>();

    for await (const piece of recycled(pieces(), pool)) {
      seen.push([...piece]);
      buffers.add(piece.buffer);
    }

    expect(seen).toEqual([0, 1, 2, 3, 4].map((index) => [index, index, index, index]));
    expect(buffers.size).toBe(1);
  });
});
