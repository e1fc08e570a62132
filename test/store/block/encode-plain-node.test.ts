import * as dagCbor from '@ipld/dag-cbor';
import * as fc from '../../support/fast-check.js';
import { describe, expect, it } from 'vitest';
import { encodePlainNode } from '../../../src/lib/store/block/encode-plain-node.js';
import { plainValues } from '../support/plain-values.js';

describe('encodePlainNode()', () => {
  it('writes what an encoder of the whole format writes', () => {
    fc.assert(
      fc.property(plainValues, (value) => {
        const bytes = encodePlainNode(value);

        expect(bytes?.constructor).toBe(Uint8Array);
        expect(Buffer.compare(bytes!, dagCbor.encode(value))).toBe(0);
      }),
    );
  });

  it.each([0, 23, 24, 255, 256, 65_535, 65_536, 2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER])(
    'writes %i and its negative in the shortest form',
    (number) => {
      const values = [number, -1 - number + (number === Number.MAX_SAFE_INTEGER ? 1 : 0)];

      expect(encodePlainNode(values)).toEqual(new Uint8Array(dagCbor.encode(values)));
    },
  );

  it('writes a node that is longer than most', () => {
    const value = Array.from({ length: 40 }, (_, at) => new Uint8Array(at * 1000));

    expect(Buffer.compare(encodePlainNode(value)!, dagCbor.encode(value))).toBe(0);
  });

  it.each([
    ['text beyond ASCII', 'Gemüse'],
    ['a key beyond ASCII', { ü: 1 }],
    ['null', [null]],
    ['undefined', [undefined]],
    ['a fraction', 0.5],
    ['minus zero', -0],
    ['what is no number', NaN],
    ['a BigInt', 1n],
    ['an object of a class', new Map()],
    ['other typed arrays', new Uint16Array(1)],
    ['more than a block can hold', new Uint8Array(3 * 2 ** 20)],
    ['lists nested too deep', Array.from({ length: 40 }).reduce((inner) => [inner], 1)],
  ])('leaves %s to others', (_name, value) => {
    expect(encodePlainNode(value)).toBeUndefined();
  });
});
