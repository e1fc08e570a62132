import { CID } from 'multiformats/cid';
import type { ByteString } from '../../base/bytes.js';
import { byteStringFromBytes } from '../../base/bytes.js';
import { NodeProblem } from './read-node.js';

/** The code of the dag-cbor codec in a CID. */
export const DAG_CBOR = 0x71;
/** The code of the raw codec in a CID. */
export const RAW = 0x55;

/** The code of sha2-256 in a multihash. */
export const SHA2_256 = 0x12;
/** The length of a sha2-256 hash in `bytes`. */
export const SHA2_256_BYTES = 32;

/** Returns `value` if it is a list, of `length` items if that is given. */
export function expectList(value: unknown, what: string, length?: number): readonly unknown[] {
  if (!Array.isArray(value)) throw new NodeProblem(`${what} is not a list`);
  if (length !== undefined && value.length !== length) {
    throw new NodeProblem(`${what} has ${value.length} items instead of ${length}`);
  }
  return value as readonly unknown[];
}

/** Returns `value` if it is an integer from 0 to `max`. */
export function expectUint(value: unknown, what: string, max = Number.MAX_SAFE_INTEGER): number {
  const number = expectInteger(value, what);
  if (number < 0 || number > max) throw new NodeProblem(`${what} is out of range`);
  return number;
}

/** Returns `value` if it is an integer that a JavaScript number holds exactly. */
export function expectInteger(value: unknown, what: string): number {
  if (!Number.isSafeInteger(value) || Object.is(value, -0)) {
    throw new NodeProblem(`${what} is not an integer in the allowed range`);
  }
  return value as number;
}

/** Returns `value` if it is a byte string. */
export function expectBytes(value: unknown, what: string): Uint8Array {
  if (!(value instanceof Uint8Array)) throw new NodeProblem(`${what} is not a byte string`);
  return value;
}

/** Returns `value` as a `ByteString` if it is a byte string. */
export function expectByteString(value: unknown, what: string): ByteString {
  return byteStringFromBytes(expectBytes(value, what));
}

/** Returns `value` if it is text. */
export function expectText(value: unknown, what: string): string {
  if (typeof value !== 'string') throw new NodeProblem(`${what} is not text`);
  return value;
}

/** Returns `value` if it is a boolean. */
export function expectBoolean(value: unknown, what: string): boolean {
  if (typeof value !== 'boolean') throw new NodeProblem(`${what} is not a boolean`);
  return value;
}

/** Returns `value` if it is a link: a CIDv1 with sha2-256 and one of `codecs`. */
export function expectCid(value: unknown, what: string, codecs: readonly number[]): CID {
  const cid = CID.asCID(value);
  if (cid === null) throw new NodeProblem(`${what} is not a link`);
  const problem = problemOfCid(cid, codecs);
  if (problem !== undefined) throw new NodeProblem(`${what} ${problem}`);
  return cid;
}

/** Returns what keeps `cid` from being a link to one of `codecs`, or `undefined`. */
export function problemOfCid(cid: CID, codecs: readonly number[]): string | undefined {
  if (cid.version !== 1 || !isSha256(cid)) {
    return 'is not a CIDv1 with sha2-256';
  }
  return codecs.includes(cid.code) ? undefined : `has codec 0x${cid.code.toString(16)}`;
}

function isSha256(cid: CID): boolean {
  return cid.multihash.code === SHA2_256 && cid.multihash.size === SHA2_256_BYTES;
}
