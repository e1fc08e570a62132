import * as fc from '../../support/fast-check.js';
import { describe, expect, it } from 'vitest';
import { decodeFrames, encodeFrame, type Frame } from '../../../src/lib/vm/protocol/frame.js';
import { rejectionOf } from '../../support/failure.js';

async function decodeAll(pieces: readonly Uint8Array[]): Promise<Frame[]> {
  const frames: Frame[] = [];
  for await (const frame of decodeFrames(toAsync(pieces))) frames.push(frame);
  return frames;
}

async function* toAsync(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) yield await Promise.resolve(piece);
}

function cut(bytes: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  let at = 0;
  for (const size of sizes) {
    pieces.push(bytes.subarray(at, at + size));
    at += size;
  }
  return [...pieces, bytes.subarray(at)];
}

const anyFrame = fc.record({
  type: fc.integer({ min: 0, max: 255 }),
  session: fc.integer({ min: 0, max: 65_535 }),
  payload: fc.uint8Array({ maxLength: 300 }),
});

describe('decodeFrames()', () => {
  it('returns what encodeFrame() was given, however the bytes are sliced', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyFrame, { maxLength: 6 }),
        fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 40 }),
        async (frames, sizes) => {
          const bytes = Buffer.concat(
            frames.map(({ type, session, payload }) => encodeFrame(type, session, payload)),
          );

          expect(await decodeAll(cut(new Uint8Array(bytes), sizes))).toEqual(frames);
        },
      ),
    );
  });

  it('takes a payload of the largest size', async () => {
    const payload = new Uint8Array(131_072).fill(7);

    expect(await decodeAll(cut(encodeFrame(1, 2, payload), [8, 65_536, 3]))).toEqual([
      { type: 1, session: 2, payload },
    ]);
  });

  it('ends without a frame where the bytes end inside one', async () => {
    expect(await decodeAll([encodeFrame(1, 0, new Uint8Array(9)).subarray(0, 16)])).toEqual([]);
  });

  it('refuses a length over the limit before any payload has come', async () => {
    const error = await rejectionOf(decodeAll([Uint8Array.of(1, 0, 0, 0, 1, 0, 2, 0)]));

    expect(error.code).toBe('VM_PROTOCOL');
  });
});
