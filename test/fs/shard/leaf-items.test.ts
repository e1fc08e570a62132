import { decode, encode } from '@ipld/dag-cbor';
import * as fc from '../../support/fast-check.js';
import { describe, expect, it } from 'vitest';
import { bytesOfByteString } from '../../../src/lib/base/bytes.js';
import { encodeEntry } from '../../../src/lib/fs/node/entry-codec.js';
import { encodedItemsOf } from '../../../src/lib/fs/shard/leaf-items.js';
import { anyEntry, anyName } from '../support/arbitrary-entry.js';

const anyItem = fc
  .tuple(anyName, anyEntry)
  .map(([name, entry]) => [bytesOfByteString(name), ...encodeEntry(entry)]);

/** Whatever dag-cbor can say. */
const anyNode = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.maxSafeInteger(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.boolean(),
    fc.constant(null),
    fc.string({ maxLength: 300 }),
    fc.uint8Array({ maxLength: 300 }),
    fc.array(tie('value'), { maxLength: 30 }),
    fc.dictionary(fc.string(), tie('value')),
  ),
})).value;

describe('encodedItemsOf()', () => {
  it('tells the items of any leaf apart', () => {
    fc.assert(
      fc.property(fc.array(anyItem, { maxLength: 40 }), (items) => {
        const encoded = items.map((item) => Buffer.from(encode(item)).toString('latin1'));

        expect(encodedItemsOf(encode([0, items]))).toEqual(encoded);
      }),
    );
  });

  it('finds the end of every kind of value', () => {
    fc.assert(
      fc.property(fc.array(anyNode, { maxLength: 5 }), (values) => {
        const items = encodedItemsOf(encode([0, values]));

        expect(items?.map((item) => decode(bytesOfByteString(item)))).toEqual(
          values.map((value) => decode(encode(value))),
        );
      }),
    );
  });

  it('finds an end behind numbers of every length', () => {
    const values = [23, 24, 255, 256, 65_535, 65_536, 2 ** 32 - 1, 2 ** 32, -(2 ** 53) + 1];
    const items = encodedItemsOf(encode([0, values]));

    expect(items?.map((item) => decode(bytesOfByteString(item)))).toEqual(values);
  });

  it.each([
    { name: 'a branch', bytes: encode([1, []]) },
    { name: 'a list of three', bytes: encode([0, [], []]) },
    { name: 'items that are no list', bytes: encode([0, 'items']) },
    { name: 'nothing', bytes: new Uint8Array() },
    { name: 'bytes behind the items', bytes: Uint8Array.of(0x82, 0, 0x80, 0) },
    { name: 'a list without an end', bytes: Uint8Array.of(0x82, 0, 0x9f, 0xff) },
    { name: 'a list of 2^64-1 items', bytes: Uint8Array.of(0x82, 0, 0x9b, ...lotsOf(8)) },
    { name: 'an item of 2^64-1 bytes', bytes: Uint8Array.of(0x82, 0, 0x81, 0x5b, ...lotsOf(8)) },
    { name: 'an item of 2^64-1 items', bytes: Uint8Array.of(0x82, 0, 0x81, 0x9b, ...lotsOf(8)) },
  ])('has none of $name', ({ bytes }) => {
    expect(encodedItemsOf(bytes)).toBeUndefined();
  });

  it('has none of a leaf that was cut off', () => {
    const leaf = encode([0, [[Uint8Array.of(65), 0, { a: [1.5, 'text', 300] }]]]);
    for (let length = 0; length < leaf.length; length += 1) {
      expect(encodedItemsOf(leaf.subarray(0, length))).toBeUndefined();
    }
  });

  it('parts bytes of any kind or has none of them', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (tail) => {
        const bytes = Uint8Array.of(0x82, 0, ...tail);
        const items = encodedItemsOf(bytes);
        if (items === undefined) return;

        expect(bytes.length - items.join('').length).toBeLessThanOrEqual(11);
        expect(Buffer.from(bytes).toString('latin1').endsWith(items.join(''))).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});

function lotsOf(count: number): number[] {
  return Array.from({ length: count }, () => 0xff);
}
