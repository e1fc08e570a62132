import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createGatheredHash } from '../../../src/lib/io/native/gathered-hash.js';
import { hashHere } from '../../../src/lib/io/native/stream-hash.js';
import { pseudoRandomBytes, sliced } from '../../support/random-bytes.js';

const BYTES = pseudoRandomBytes(3_000_000, 1);

describe.each([
  { name: 'beside the main thread', create: () => createGatheredHash() },
  { name: 'on the main thread', create: () => createGatheredHash(hashHere()) },
])('createGatheredHash() $name', ({ create }) => {
  it.each([0, 1, 70_000, 524_288, 3_000_000])('gives the hash of %i bytes', async (sizeBytes) => {
    const bytes = BYTES.subarray(0, sizeBytes);
    const hash = create();
    for await (const piece of sliced(bytes, [60_000, 1, 700_000])) await hash.add(piece);

    const digest = await hash.digest();

    expect(Buffer.compare(digest, createHash('sha256').update(bytes).digest())).toBe(0);
  });
});

describe('createGatheredHash()', () => {
  it('makes the caller wait while two batches are under way', async () => {
    let settle = (): void => undefined;
    const hash = createGatheredHash({
      update: () => new Promise((resolve) => (settle = resolve)),
      digest: () => new Uint8Array(32),
    });
    const batch = BYTES.subarray(0, 600_000);
    await hash.add(batch);
    let hasRoom = false;

    const room = Promise.resolve(hash.add(batch)).then(() => (hasRoom = true));
    await new Promise((resolve) => setImmediate(resolve));
    const before = hasRoom;
    settle();
    await room;

    expect([before, hasRoom]).toEqual([false, true]);
  });

  it('fails with the failure of the hash', async () => {
    const hash = createGatheredHash({
      update: () => Promise.reject(new Error('no thread is left')),
      digest: () => new Uint8Array(32),
    });

    await hash.add(BYTES);

    await expect(hash.digest()).rejects.toThrow('no thread is left');
  });
});
