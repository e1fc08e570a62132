import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MIN_WINDOW_BYTES, readBody } from '../../../src/lib/registry/transport/read-body.js';

const PACE = { idleMs: 1000, windowMs: 5000 };

describe('readBody()', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  it.each([
    { name: 'lets pass what brings enough in each window', pieceBytes: MIN_WINDOW_BYTES, code: '' },
    { name: 'ends what drips', pieceBytes: 1, code: 'ERR_TOO_SLOW' },
  ])('$name', async ({ pieceBytes, code }) => {
    const stream = new PassThrough();
    const reading = outcomeOf(stream);
    for (let turn = 0; turn < 24 && !stream.destroyed; turn += 1) {
      await vi.advanceTimersByTimeAsync(500);
      stream.write(Buffer.alloc(pieceBytes));
      await vi.advanceTimersByTimeAsync(0);
    }
    stream.end();

    expect(await reading).toBe(code);
  });

  it('ends what brings nothing', async () => {
    const reading = outcomeOf(new PassThrough());
    await vi.advanceTimersByTimeAsync(PACE.idleMs);

    expect(await reading).toBe('ETIMEDOUT');
  });

  it('does not count the time that the consumer takes', async () => {
    const stream = new PassThrough();
    const body = readBody(stream, PACE);
    for (const text of ['a', 'b', 'c']) {
      stream.write(text);
      expect(Buffer.from((await body.next()).value as Uint8Array).toString()).toBe(text);
      await vi.advanceTimersByTimeAsync(10 * PACE.windowMs);
    }
    stream.end();

    expect((await body.next()).done).toBe(true);
  });
});

/** Returns the code of the error that reading ends with; empty when there is none. */
async function outcomeOf(stream: PassThrough): Promise<string> {
  try {
    for await (const piece of readBody(stream, PACE)) expect(piece.length).toBeGreaterThan(0);
    return '';
  } catch (error) {
    return String((error as { code?: unknown }).code);
  }
}
