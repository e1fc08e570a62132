import { describe, expect, it } from 'vitest';
import { digestOf, parseDigest } from '../../src/lib/base/digest.js';
import { chainIdOf } from '../../src/lib/image/chain-id.js';

const A = parseDigest(`sha256:${'a'.repeat(64)}`);
const B = parseDigest(`sha256:${'b'.repeat(64)}`);
const C = parseDigest(`sha256:${'c'.repeat(64)}`);

describe('chainIdOf()', () => {
  it('is the diffID for one layer', () => {
    expect(chainIdOf([A])).toBe(A);
  });

  it('hashes the chain below and the diffID on top', () => {
    const ab = digestOf(Buffer.from(`${A} ${B}`));

    expect(chainIdOf([A, B])).toBe(ab);
    expect(chainIdOf([A, B, C])).toBe(digestOf(Buffer.from(`${ab} ${C}`)));
  });

  it('depends on the order', () => {
    expect(chainIdOf([A, B])).not.toBe(chainIdOf([B, A]));
  });

  it('is the digest of nothing for no layers', () => {
    expect(chainIdOf([])).toBe(digestOf(new Uint8Array(0)));
  });
});
