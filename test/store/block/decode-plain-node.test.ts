import * as dagCbor from '@ipld/dag-cbor';
import * as fc from '../../support/fast-check.js';
import { CID } from 'multiformats/cid';
import { identity } from 'multiformats/hashes/identity';
import { describe, expect, it } from 'vitest';
import { cidOf, NODE_CODEC, RAW_CODEC } from '../../../src/lib/store/block/block-id.js';
import { decodePlainNode } from '../../../src/lib/store/block/decode-plain-node.js';
import { plainValues } from '../support/plain-values.js';

const link = cidOf(NODE_CODEC, Uint8Array.of(1));

describe('decodePlainNode()', () => {
  it('reads what a decoder of the whole format reads', () => {
    fc.assert(
      fc.property(plainValues, (value) => {
        const bytes = dagCbor.encode(value);

        expect(decodePlainNode(bytes)).toEqual(dagCbor.decode(bytes));
      }),
    );
  });

  it('reads nothing that a decoder of the whole format refuses, or reads otherwise', () => {
    const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(plainValues, changes, fc.boolean(), (value, changed, isCut) => {
        const bytes = dagCbor.encode(value);
        for (const [at, byte] of changed) bytes[at % bytes.length] = byte;
        const damaged = isCut ? bytes.subarray(0, -1) : bytes;

        const read = decodePlainNode(damaged);

        if (read !== undefined) expect(read).toEqual(dagCbor.decode(damaged));
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    ['text beyond ASCII', dagCbor.encode('Gemüse')],
    ['a map with keys out of order', Uint8Array.of(0xa2, 0x61, 0x62, 0x01, 0x61, 0x61, 0x01)],
    ['a map with a key twice', Uint8Array.of(0xa2, 0x61, 0x61, 0x01, 0x61, 0x61, 0x01)],
    ['a map with a key that is no text', Uint8Array.of(0xa1, 0x01, 0x01)],
    ['a map with a key of objects', dagCbor.encode(JSON.parse('{"__proto__":1}'))],
    ['null', dagCbor.encode([null])],
    ['a fraction', dagCbor.encode(1.5)],
    ['an integer beyond the safe ones', dagCbor.encode(2n ** 60n)],
    ['a negative integer beyond the safe ones', dagCbor.encode(-(2n ** 53n))],
    ['a link with another hash', dagCbor.encode(CID.createV1(RAW_CODEC, identityOf(32)))],
    [
      'a link by CIDv0',
      dagCbor.encode(CID.createV0(cidOf(NODE_CODEC, Uint8Array.of(1)).multihash as never)),
    ],
    ['another tag', Uint8Array.of(0xd8, 0x2b, 0x41, 0x00)],
    ['a number that is longer than it need be', Uint8Array.of(0x18, 0x17)],
    ['a list of no definite length', Uint8Array.of(0x9f, 0x01, 0xff)],
    ['a byte behind the end', Uint8Array.of(0x01, 0x01)],
    ['a list that claims more than there is', Uint8Array.of(0x9a, 0xff, 0xff, 0xff, 0xff, 0x01)],
    ['no byte at all', new Uint8Array(0)],
    ['lists nested too deep', Uint8Array.from({ length: 100_000 }, () => 0x81)],
  ])('leaves %s to others', (_name, bytes) => {
    expect(decodePlainNode(bytes)).toBeUndefined();
  });

  it('returns links that are as good as parsed ones', () => {
    const [read] = decodePlainNode(dagCbor.encode([link])) as [CID];

    expect(CID.asCID(read)).toBe(read);
    expect(read.equals(link)).toBe(true);
    expect(read.toString()).toBe(link.toString());
  });
});

function identityOf(length: number) {
  return identity.digest(new Uint8Array(length));
}
