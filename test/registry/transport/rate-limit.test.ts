import { describe, expect, it } from 'vitest';
import { formatWait, readRateLimit } from '../../../src/lib/registry/transport/rate-limit.js';

const NOW = Date.parse('2026-01-01T00:00:00Z');
const UNIX = NOW / 1000;

describe('readRateLimit()', () => {
  it.each<[string, Record<string, string>, number | undefined]>([
    ['Retry-After in seconds', { 'retry-after': '90' }, 90_000],
    ['Retry-After as a date', { 'retry-after': 'Thu, 01 Jan 2026 00:10:00 GMT' }, 600_000],
    ['the time of Docker Hub', { 'x-retry-after': String(UNIX + 120) }, 120_000],
    ['the time of GitHub', { 'x-ratelimit-reset': String(UNIX + 3600) }, 3_600_000],
    ['a time that has passed', { 'x-ratelimit-reset': String(UNIX - 5) }, 0],
    ['seconds until the reset', { 'ratelimit-reset': '30' }, 30_000],
    ["the window of Docker Hub's quota", { 'ratelimit-limit': '100;w=21600' }, 21_600_000],
    [
      'Retry-After before all others',
      { 'retry-after': '5', 'x-ratelimit-reset': String(UNIX + 3600) },
      5000,
    ],
    [
      'the next header when one makes no sense',
      { 'retry-after': 'soon', 'ratelimit-reset': '7' },
      7000,
    ],
    ['no wait of more than a day', { 'retry-after': '9999999' }, undefined],
    ['nothing where nothing is said', {}, undefined],
  ])('reads %s', (_name, headers, waitMs) => {
    expect(readRateLimit({ header: (name) => headers[name] }, NOW).waitMs).toBe(waitMs);
  });

  it('reads how much is allowed in which time', () => {
    const headers: Record<string, string> = { 'ratelimit-limit': '100;w=21600' };

    const { quota } = readRateLimit({ header: (name) => headers[name] }, NOW);

    expect(quota).toEqual({ requests: 100, windowMs: 21_600_000 });
  });
});

describe('formatWait()', () => {
  it.each([
    [1, '1 s'],
    [119_500, '120 s'],
    [121_000, '3 min'],
    [7_200_000, '120 min'],
    [7_260_000, '2 h 1 min'],
    [21_600_000, '6 h'],
  ])('writes %i ms as %s', (durationMs, text) => {
    expect(formatWait(durationMs)).toBe(text);
  });
});
