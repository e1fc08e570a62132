import { describe, expect, it } from 'vitest';
import { digestOf, hashOfDigest, digestFromHash, parseDigest } from '../../src/lib/base/digest.js';

const EMPTY = 'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

describe('digestOf()', () => {
  it('gives the well-known digest of no bytes', () => {
    expect(digestOf(new Uint8Array(0))).toBe(EMPTY);
  });
});

describe('hashOfDigest()', () => {
  it('is undone by digestFromHash()', () => {
    expect(digestFromHash(hashOfDigest(parseDigest(EMPTY)))).toBe(EMPTY);
  });
});

describe('parseDigest()', () => {
  it.each([
    ['nothing', ''],
    ['another algorithm', 'md5:d41d8cd98f00b204e9800998ecf8427e'],
    ['upper-case hex', EMPTY.toUpperCase().replace('SHA256', 'sha256')],
    ['a digit too few', EMPTY.slice(0, -1)],
    ['a digit too many', `${EMPTY}0`],
    ['a line break at the end', `${EMPTY}\n`],
  ])('rejects %s', (_, text) => {
    expect(() => parseDigest(text)).toThrow(expect.objectContaining({ code: 'DIGEST_INVALID' }));
  });
});
