import { describe, expect, it } from 'vitest';
import { parseDuration } from '../../src/lib/base/duration.js';

describe('parseDuration()', () => {
  it.each([
    ['0', 0],
    ['90s', 90_000],
    ['30m', 1_800_000],
    ['24h', 86_400_000],
    ['7d', 604_800_000],
    ['2w', 1_209_600_000],
  ])('reads %s', (text, expected) => {
    expect(parseDuration(text)).toBe(expected);
  });

  it.each(['', '5', '-1h', '1.5h', 'h', '1 h', '1H', '1234567d', '1h30m'])('refuses %j', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });
});
