import { describe, expect, it } from 'vitest';
import { collect, concatBytes, mapConcurrent, throwIfAborted } from '../../src/lib/base/async.js';
import { MonoError } from '../../src/lib/errors.js';

describe('mapConcurrent()', () => {
  it('keeps the order of the items whatever the order of completion', async () => {
    const delays = [30, 1, 15];

    const results = await mapConcurrent(delays, { concurrency: 3 }, async (delay, index) => {
      await new Promise((resolve) => setTimeout(resolve, delay));
      return index;
    });

    expect(results).toEqual([0, 1, 2]);
  });

  it('never has more calls under way than the limit', async () => {
    let running = 0;
    let most = 0;

    await mapConcurrent(Array.from({ length: 20 }), { concurrency: 4 }, async () => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setImmediate(resolve));
      running--;
    });

    expect(most).toBe(4);
  });

  it('starts nothing after a failure and waits for what is under way', async () => {
    const started: number[] = [];
    let slowEnded = false;

    const run = mapConcurrent([0, 1, 2, 3], { concurrency: 2 }, async (item) => {
      started.push(item);
      if (item === 1) throw new Error('one');
      await new Promise((resolve) => setTimeout(resolve, 20));
      slowEnded = true;
    });

    await expect(run).rejects.toThrow('one');
    expect(started).toEqual([0, 1]);
    expect(slowEnded).toBe(true);
  });

  it('rejects with CANCELLED once the signal is aborted', async () => {
    const abort = new AbortController();

    const run = mapConcurrent([1, 2, 3], { concurrency: 1, signal: abort.signal }, (item) => {
      abort.abort();
      return Promise.resolve(item);
    });

    await expect(run).rejects.toMatchObject({ code: 'CANCELLED' });
  });
});

describe('collect()', () => {
  const limit = { limitBytes: 4, tooLarge: () => new MonoError('IO_FAILED', 'Too large') };

  it('joins the pieces, empty ones included', async () => {
    const pieces = [Uint8Array.of(1), new Uint8Array(0), Uint8Array.of(2, 3)];

    expect([...(await collect(pieces, limit))]).toEqual([1, 2, 3]);
  });

  it('stops reading at the first piece beyond the limit', async () => {
    let given = 0;
    function* source() {
      for (;;) {
        given++;
        yield new Uint8Array(3);
      }
    }

    await expect(collect(source(), limit)).rejects.toMatchObject({ message: 'Too large' });
    expect(given).toBe(2);
  });
});

describe('concatBytes()', () => {
  it('returns an empty array for no pieces', () => {
    expect(concatBytes([], 0)).toHaveLength(0);
  });
});

describe('throwIfAborted()', () => {
  it('does nothing without a signal', () => {
    expect(() => throwIfAborted(undefined)).not.toThrow();
  });
});
