import { CID } from 'multiformats/cid';
import { identity } from 'multiformats/hashes/identity';
import { describe, expect, it } from 'vitest';
import { cidOf, NODE_CODEC, RAW_CODEC } from '../../../src/lib/store/block/block-id.js';
import { cidFromBytes, usualCidFromBytes } from '../../../src/lib/store/block/cid-from-bytes.js';

describe('cidFromBytes()', () => {
  it.each([
    ['raw', cidOf(RAW_CODEC, Uint8Array.of(1))],
    ['dag-cbor', cidOf(NODE_CODEC, Uint8Array.of(1))],
    ['version 0', CID.createV0(cidOf(0x71, Uint8Array.of(1)).multihash as never)],
    ['another hash', CID.createV1(RAW_CODEC, identity.digest(new Uint8Array(32)))],
    ['a codec of two bytes', CID.createV1(0x0129, cidOf(0x71, Uint8Array.of(1)).multihash)],
  ])('returns the CID: %s', (_name, cid) => {
    const read = cidFromBytes(cid.bytes);

    expect(read.equals(cid)).toBe(true);
    expect(CID.asCID(read)).toBe(read);
  });

  it.each([
    ['nothing', new Uint8Array(0)],
    ['too little', cidOf(RAW_CODEC, Uint8Array.of(1)).bytes.subarray(1)],
    ['too much', Buffer.concat([cidOf(RAW_CODEC, Uint8Array.of(1)).bytes, Uint8Array.of(0)])],
  ])('refuses %s', (_name, bytes) => {
    expect(() => cidFromBytes(bytes)).toThrow();
    expect(usualCidFromBytes(bytes)).toBeUndefined();
  });
});
