import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { keepWhileRead } from '../../../src/lib/image/pull/keep-while-read.js';
import { MemoryStore } from '../../../src/lib/store/backends/memory-store.js';

const PIECES = Array.from({ length: 50 }, (_, index) => new Uint8Array(1000).fill(index));
const ALL = Buffer.concat(PIECES);

describe('keepWhileRead()', () => {
  it('stores what is read, and returns what reading gave', async () => {
    const store = new MemoryStore();

    const { content, value } = await keepWhileRead(store, PIECES, buffer);

    expect(value).toEqual(ALL);
    expect(await buffer(store.getBytes(content))).toEqual(ALL);
  });

  it('stores an empty blob', async () => {
    const store = new MemoryStore();

    const { content } = await keepWhileRead(store, [], buffer);

    expect(await store.getCidSize(content)).toBe(0);
  });

  it('fails as reading does, and stores nothing', async () => {
    const store = new MemoryStore();

    const keeping = keepWhileRead(store, PIECES, async (blob) => {
      for await (const piece of blob) if (piece[0] === 20) throw new Error('not what I want');
    });

    await expect(keeping).rejects.toThrow('not what I want');
    expect(await store.isEmpty()).toBe(true);
  });

  it('fails as the store does, however much is still to be read', async () => {
    const full = { putBytes: () => Promise.reject(new Error('the disk is full')) };

    await expect(keepWhileRead(full, PIECES, buffer)).rejects.toThrow('the disk is full');
  });

  it('refuses a reader that leaves a blob before its end', async () => {
    const store = new MemoryStore();

    await expect(keepWhileRead(store, PIECES, () => Promise.resolve())).rejects.toThrow(
      'not read to its end',
    );
    expect(await store.isEmpty()).toBe(true);
  });
});
