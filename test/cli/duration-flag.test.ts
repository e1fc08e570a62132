import { describe, expect, it } from 'vitest';
import { durationOfFlag } from '../../src/lib/cli/duration-flag.js';

describe('durationOfFlag()', () => {
  it.each([
    ['90s', 90_000],
    ['30m', 1_800_000],
    ['0', 0],
    [undefined, undefined],
  ])('reads %s as %s ms', (text, expected) => {
    expect(durationOfFlag('--grace', text)).toBe(expected);
  });

  it('takes a number alone for seconds where that is usual', () => {
    expect(durationOfFlag('--time', '60', { plainSeconds: true })).toBe(60_000);
    expect(durationOfFlag('--time', '2m', { plainSeconds: true })).toBe(120_000);
  });

  it.each([
    ['60', {}],
    ['soon', { plainSeconds: true }],
    ['-1', { plainSeconds: true }],
  ])('refuses %j with %j', (text, options) => {
    expect(() => durationOfFlag('--time', text, options)).toThrow(
      expect.objectContaining({ code: 'USAGE_INVALID' }),
    );
  });
});
