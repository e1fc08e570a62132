import { describe, expect, it } from 'vitest';
import { MonoError } from '../../../src/lib/errors.js';
import { backOffMs, withRetry } from '../../../src/lib/registry/transport/retry.js';
import { parseRetryAfter } from '../../../src/lib/registry/transport/retry-after.js';
import { rejectionOf } from '../../support/failure.js';
import { requestTo, scriptedSend, type Answer } from '../fake-send.js';
import { QUICK_RETRY } from '../test-client.js';

describe('withRetry()', () => {
  it('returns the last answer when all attempts fail', async () => {
    const { send, requests } = scriptedSend(() => ({ status: 503 }));

    const response = await withRetry(send, QUICK_RETRY)(requestTo('https://r.example/'));

    expect(response.status).toBe(503);
    expect(requests).toHaveLength(QUICK_RETRY.maxAttempts);
  });

  it.each([200, 206, 301, 400, 401, 403, 404, 416, 501])(
    'takes status %i for an answer',
    async (status) => {
      const { send, requests } = scriptedSend(() => ({ status }));

      await withRetry(send, QUICK_RETRY)(requestTo('https://r.example/'));

      expect(requests).toHaveLength(1);
    },
  );

  it.each(['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EAI_AGAIN'])(
    'tries again after %s',
    async (reason) => {
      const { send } = failingOnce(unreachable(reason));

      const response = await withRetry(send, QUICK_RETRY)(requestTo('https://r.example/'));

      expect(response.status).toBe(200);
    },
  );

  it.each(['ECONNREFUSED', 'ENOTFOUND', 'CERT_HAS_EXPIRED', 'DEPTH_ZERO_SELF_SIGNED_CERT'])(
    'does not try again after %s',
    async (reason) => {
      const { send, requests } = failingOnce(unreachable(reason));

      await rejectionOf(withRetry(send, QUICK_RETRY)(requestTo('https://r.example/')));

      expect(requests).toHaveLength(1);
    },
  );

  it('does not try again what was cancelled', async () => {
    const { send, requests } = failingOnce(new MonoError('CANCELLED', 'stop'));

    await rejectionOf(withRetry(send, QUICK_RETRY)(requestTo('https://r.example/')));

    expect(requests).toHaveLength(1);
  });

  it('stops waiting when it is cancelled', async () => {
    const abort = new AbortController();
    const { send } = scriptedSend(() => {
      setImmediate(() => abort.abort());
      return { status: 503 };
    });
    const patient = { ...QUICK_RETRY, baseDelayMs: 60_000, maxDelayMs: 60_000 };
    const request = requestTo('https://r.example/', { signal: abort.signal });

    const error = await rejectionOf(withRetry(send, patient)(request));

    expect(error.code).toBe('CANCELLED');
  });

  it('waits as long as the server says', async () => {
    const { send, requests } = limitedOnce('0');
    const impatient = { ...QUICK_RETRY, baseDelayMs: 600_000, maxDelayMs: 600_000 };

    const response = await withRetry(send, impatient)(requestTo('https://r.example/'));

    expect(response.status).toBe(200);
    expect(requests).toHaveLength(2);
  });

  it('gives up at once when the server wants a longer wait than the policy allows', async () => {
    const { send, requests } = limitedOnce('3600');

    const response = await withRetry(send, QUICK_RETRY)(requestTo('https://r.example/'));

    expect(response.status).toBe(429);
    expect(requests).toHaveLength(1);
  });
});

describe('backOffMs()', () => {
  it('doubles up to the limit, and never waits less than half', () => {
    const policy = { baseDelayMs: 100, maxDelayMs: 1000 };

    for (const [attempt, bound] of [100, 200, 400, 800, 1000, 1000].entries()) {
      for (let sample = 0; sample < 50; sample += 1) {
        const delayMs = backOffMs(attempt + 1, policy);
        expect(delayMs).toBeGreaterThanOrEqual(bound / 2);
        expect(delayMs).toBeLessThanOrEqual(bound);
      }
    }
  });
});

describe('parseRetryAfter()', () => {
  const now = Date.parse('2026-01-01T00:00:00Z');
  it.each([
    ['0', 0],
    [' 120 ', 120_000],
    ['Thu, 01 Jan 2026 00:01:00 GMT', 60_000],
    ['Wed, 31 Dec 2025 23:00:00 GMT', 0],
    [undefined, undefined],
    ['', undefined],
    ['-1', undefined],
    ['1.5', undefined],
    ['soon', undefined],
    ['9999999999999999999999', undefined],
    ['Xyz, nonsense of a date', undefined],
  ])('reads %j as %s ms', (header, delayMs) => {
    expect(parseRetryAfter(header, now)).toBe(delayMs);
  });
});

function unreachable(reason: string): MonoError {
  return new MonoError('REGISTRY_UNREACHABLE', 'broken', { details: { reason } });
}

function failingOnce(error: MonoError) {
  return scriptedSend((_, index): Answer | Error => (index === 0 ? error : { status: 200 }));
}

function limitedOnce(retryAfter: string) {
  return scriptedSend((_, index) =>
    index === 0 ? { status: 429, headers: { 'retry-after': retryAfter } } : { status: 200 },
  );
}
