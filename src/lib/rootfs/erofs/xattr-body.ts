import type { ByteString } from '../../base/bytes.js';
import { roundUp } from './erofs-format.js';

/**
 * Inline extended attributes: a 12-byte header (all zero: no name filter, no shared attributes),
 * then one entry per attribute, padded to 4 bytes:
 *
 *     u8 length of the name | u8 prefix | u16le length of the value | name without prefix | value
 *
 * @see docs/formats/erofs-image.md#extended-attributes
 */
const HEADER_BYTES = 12;
const ENTRY_BYTES = 4;
const UNIT_BYTES = 4;
const MAX_UNITS = 0xffff;

/** Longest name behind its prefix in `bytes`: its length has 8 bits. */
export const MAX_XATTR_NAME_BYTES = 255;
/** Longest value in `bytes`: its length has 16 bits. */
export const MAX_XATTR_VALUE_BYTES = 0xffff;
/** Largest body in `bytes`: the number of its units has 16 bits. */
export const MAX_XATTR_BODY_BYTES = HEADER_BYTES + (MAX_UNITS - 1) * UNIT_BYTES;

interface Attribute {
  readonly prefix: number;
  readonly name: string;
  readonly value: Uint8Array;
}

/** Extended attributes in the form in which they follow an inode. */
export interface XattrBody {
  /** empty when no attribute is kept */
  readonly bytes: Uint8Array;
  /** number of attributes left out because no Linux filesystem has their namespace */
  readonly omitted: number;
}

/** What is wrong with extended attributes that do not fit the format. */
export interface XattrProblem {
  readonly problem: string;
}

/**
 * Returns the body of `xattrs`, in the order of the map, or why the format cannot hold them.
 *
 * Kept are `user.`, `trusted.`, `security.` and the two POSIX ACLs of `system.`. Anything else
 * (`com.apple.provenance` of an archive made on macOS, say) could not be set on any Linux
 * filesystem and is left out.
 */
export function encodeXattrs(
  xattrs: ReadonlyMap<ByteString, Uint8Array>,
): XattrBody | XattrProblem {
  const kept: Attribute[] = [];
  let omitted = 0;
  let sizeBytes = HEADER_BYTES;
  for (const [fullName, value] of xattrs) {
    const attribute = { ...splitName(fullName), value };
    if (attribute.prefix === 0) {
      omitted += 1;
      continue;
    }
    if (attribute.name.length > MAX_XATTR_NAME_BYTES)
      return tooLong('a name', attribute.name.length, MAX_XATTR_NAME_BYTES);
    if (value.length > MAX_XATTR_VALUE_BYTES)
      return tooLong(`the value of ${fullName}`, value.length, MAX_XATTR_VALUE_BYTES);
    kept.push(attribute);
    sizeBytes += entryBytes(attribute);
  }
  if (kept.length === 0) return { bytes: new Uint8Array(0), omitted };
  if (sizeBytes > MAX_XATTR_BODY_BYTES)
    return tooLong('all of them', sizeBytes, MAX_XATTR_BODY_BYTES);
  return { bytes: encode(kept, sizeBytes), omitted };
}

/** Returns `i_xattr_icount` for a body of `sizeBytes`. */
export function xattrUnits(sizeBytes: number): number {
  return sizeBytes === 0 ? 0 : (sizeBytes - HEADER_BYTES) / UNIT_BYTES + 1;
}

function splitName(fullName: ByteString): { prefix: number; name: string } {
  if (fullName === 'system.posix_acl_access') return { prefix: 2, name: '' };
  if (fullName === 'system.posix_acl_default') return { prefix: 3, name: '' };
  const dot = fullName.indexOf('.') + 1;
  const name = fullName.slice(dot);
  return { prefix: name === '' ? 0 : prefixOf(fullName.slice(0, dot)), name };
}

function prefixOf(namespace: string): number {
  if (namespace === 'user.') return 1;
  if (namespace === 'trusted.') return 4;
  return namespace === 'security.' ? 6 : 0;
}

function entryBytes({ name, value }: Attribute): number {
  return roundUp(ENTRY_BYTES + name.length + value.length, UNIT_BYTES);
}

function encode(attributes: readonly Attribute[], sizeBytes: number): Uint8Array {
  const body = Buffer.alloc(sizeBytes);
  let at = HEADER_BYTES;
  for (const attribute of attributes) {
    body.writeUInt8(attribute.name.length, at);
    body.writeUInt8(attribute.prefix, at + 1);
    body.writeUInt16LE(attribute.value.length, at + 2);
    body.write(attribute.name, at + ENTRY_BYTES, 'latin1');
    body.set(attribute.value, at + ENTRY_BYTES + attribute.name.length);
    at += entryBytes(attribute);
  }
  return body;
}

function tooLong(what: string, bytes: number, limit: number): XattrProblem {
  return { problem: `${what} takes ${bytes} bytes, the limit is ${limit}` };
}
