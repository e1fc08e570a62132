import * as fc from '../support/fast-check.js';
import { describe, expect, it } from 'vitest';
import {
  byteStringFromBytes,
  byteStringFromText,
  bytesOfByteString,
  textOfByteString,
} from '../../src/lib/base/bytes.js';

describe('byteStringFromBytes()', () => {
  it('keeps every byte sequence, UTF-8 or not', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(bytesOfByteString(byteStringFromBytes(bytes))).toEqual(bytes);
      }),
    );
  });

  it('orders as the bytes do', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array(), (a, b) => {
        const [left, right] = [byteStringFromBytes(a), byteStringFromBytes(b)];
        expect(Math.sign(Buffer.compare(a, b))).toBe(left < right ? -1 : left > right ? 1 : 0);
      }),
    );
  });
});

describe('byteStringFromText()', () => {
  it('holds one unit per UTF-8 byte and reads back as the text', () => {
    const name = byteStringFromText('naïve-日本');

    expect(name).toHaveLength(13);
    expect(textOfByteString(name)).toBe('naïve-日本');
  });
});
