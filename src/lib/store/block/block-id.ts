import { hash } from 'node:crypto';
import * as dagCbor from '@ipld/dag-cbor';
import { CID } from 'multiformats/cid';
import * as raw from 'multiformats/codecs/raw';
import * as digest from 'multiformats/hashes/digest';
import { sha256 } from 'multiformats/hashes/sha2';

/** Multicodec of raw blocks. */
export const RAW_CODEC = raw.code;
/** Multicodec of nodes. */
export const NODE_CODEC = dagCbor.code;

/** A codec that blocks of a store can have. */
export type BlockCodec = typeof RAW_CODEC | typeof NODE_CODEC;

/**
 * The identity of a block in maps and indexes: a string of 33 UTF-16 units of one byte each, the
 * codec and then the 32 bytes of the hash. Equal bytes under two codecs are two blocks.
 */
export type BlockKey = string & { readonly __brand: 'BlockKey' };

/** Length of a {@link BlockKey} in bytes. */
export const BLOCK_KEY_BYTES = 33;
/** Length of a SHA-256 hash in bytes. */
export const HASH_BYTES = 32;

/** What stands in front of the hash in a sha2-256 multihash: function and length. */
const MULTIHASH_HEAD = [sha256.code, HASH_BYTES];

/** Returns the SHA-256 hash of `bytes`. */
export function hashOf(bytes: Uint8Array): Uint8Array {
  return hash('sha256', bytes, 'buffer');
}

/** Returns the CID of the block with these bytes. */
export function cidOf(codec: BlockCodec, bytes: Uint8Array): CID {
  return cidFromHash(codec, hashOf(bytes));
}

/** Returns the CID of the block with this codec and hash. */
export function cidFromHash(codec: BlockCodec, hashBytes: Uint8Array): CID {
  const multihash = new Uint8Array(MULTIHASH_HEAD.length + HASH_BYTES);
  multihash.set(MULTIHASH_HEAD);
  multihash.set(hashBytes, MULTIHASH_HEAD.length);
  return CID.createV1(codec, digest.decode(multihash));
}

/**
 * Returns the key of `cid`, or `undefined` where no store of ours can have its block (another
 * codec, another hash function).
 */
export function keyOfCid(cid: CID): BlockKey | undefined {
  if (!isBlockCodec(cid.code) || cid.multihash.code !== sha256.code) return undefined;
  return keyFromHash(cid.code, cid.multihash.digest);
}

/** Returns the key of the block with this codec and hash. */
export function keyFromHash(codec: number, hashBytes: Uint8Array): BlockKey {
  const { buffer, byteOffset } = hashBytes;
  return (String.fromCharCode(codec) +
    Buffer.from(buffer, byteOffset, HASH_BYTES).toString('latin1')) as BlockKey;
}

/** Returns the 33 bytes of `key`. */
export function bytesOfKey(key: BlockKey): Buffer {
  return Buffer.from(key, 'latin1');
}

/** Returns the key that these 33 bytes stand for. */
export function keyFromBytes(bytes: Uint8Array): BlockKey {
  return Buffer.from(bytes.buffer, bytes.byteOffset, BLOCK_KEY_BYTES).toString(
    'latin1',
  ) as BlockKey;
}

/** Returns the codec in `key`. */
export function codecOfKey(key: BlockKey): BlockCodec {
  return key.charCodeAt(0) === NODE_CODEC ? NODE_CODEC : RAW_CODEC;
}

/** Returns the CID that `key` stands for. */
export function cidOfKey(key: BlockKey): CID {
  return cidFromHash(codecOfKey(key), Uint8Array.from(bytesOfKey(key).subarray(1)));
}

/** Returns whether `bytes` are the content that `key` names. */
export function isContentOf(key: BlockKey, bytes: Uint8Array): boolean {
  return keyFromHash(codecOfKey(key), hashOf(bytes)) === key;
}

/** Returns whether a store can hold blocks of this codec. */
export function isBlockCodec(code: number): code is BlockCodec {
  return code === RAW_CODEC || code === NODE_CODEC;
}
