import { CID } from 'multiformats/cid';
import { Digest } from 'multiformats/hashes/digest';
import { HASH_BYTES } from './block-id.js';

/** What a multihash begins with: sha2-256, 32 bytes. */
const MULTIHASH_HEAD = [0x12, HASH_BYTES] as const;
/** A codec up to this takes one byte. */
const MAX_SHORT_CODEC = 0x7f;
/** Length of the usual CID in `bytes`: version, codec, multihash. */
const USUAL_BYTES = 2 + MULTIHASH_HEAD.length + HASH_BYTES;

/**
 * Returns the CID that `bytes` are.
 *
 * @throws {Error} when they are none
 */
export function cidFromBytes(bytes: Uint8Array): CID {
  return usualCidFromBytes(bytes) ?? CID.decode(bytes);
}

/**
 * Returns the CID that `bytes` are when it is one as stores of ours have it: version 1, sha2-256.
 * The CID keeps views of `bytes`.
 */
export function usualCidFromBytes(bytes: Uint8Array): CID | undefined {
  const [version, codec, code, size] = bytes;
  const isUsual =
    bytes.length === USUAL_BYTES &&
    version === 1 &&
    codec !== undefined &&
    codec <= MAX_SHORT_CODEC &&
    code === MULTIHASH_HEAD[0] &&
    size === MULTIHASH_HEAD[1];
  if (!isUsual) return undefined;
  const multihash = bytes.subarray(2);
  const digest = new Digest(code, size, multihash.subarray(MULTIHASH_HEAD.length), multihash);
  return new CID(version, codec, digest, bytes);
}
