/*
 * Extended attributes in pax records: `SCHILY.xattr.NAME` with the value's bytes as they are (star,
 * GNU tar, Go, libarchive) and `LIBARCHIVE.xattr.NAME` with the name URL-encoded and the value in
 * base64. Who writes both means the same attribute; the first form is exact and wins.
 */
import { byteStringFromBytes, type ByteString } from '../../base/bytes.js';
import { tarFault } from './layer-fault.js';
import type { PaxRecords } from './pax.js';

/** The longest attribute name in `bytes` (Linux: XATTR_NAME_MAX). */
export const MAX_XATTR_NAME_BYTES = 255;
/** The largest attribute value in `bytes` (Linux: XATTR_SIZE_MAX). */
export const MAX_XATTR_VALUE_BYTES = 65_536;
/** The most that all names of a file, a NUL after each, may take in `bytes` (XATTR_LIST_MAX). */
export const MAX_XATTR_LIST_BYTES = 65_536;

const SCHILY = 'SCHILY.xattr.';
const LIBARCHIVE = 'LIBARCHIVE.xattr.';
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

const NONE: ReadonlyMap<ByteString, Uint8Array> = new Map();

/**
 * Returns the extended attributes in `records`, the values copied.
 *
 * @throws {LayerFault} `LAYER_INVALID` when one cannot be decoded or is beyond what Linux allows
 */
export function xattrsOf(records: PaxRecords): ReadonlyMap<ByteString, Uint8Array> {
  let found: Map<ByteString, Uint8Array> | undefined;
  for (const [key, value] of records) {
    if (key.startsWith(SCHILY)) {
      found ??= new Map();
      found.set(key.slice(SCHILY.length) as ByteString, Uint8Array.from(value));
    } else if (key.startsWith(LIBARCHIVE)) {
      const name = decodeName(key.slice(LIBARCHIVE.length));
      if (records.has(`${SCHILY}${name}` as ByteString)) continue;
      found ??= new Map();
      found.set(name, decodeBase64(value));
    }
  }
  if (found) checkLimits(found);
  return found ?? NONE;
}

function decodeName(encoded: string): ByteString {
  return encoded.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  ) as ByteString;
}

function decodeBase64(value: Uint8Array): Uint8Array {
  const text = byteStringFromBytes(value);
  if (!BASE64.test(text)) throw tarFault('an extended attribute is not valid base64');
  return new Uint8Array(Buffer.from(text, 'base64'));
}

function checkLimits(xattrs: ReadonlyMap<ByteString, Uint8Array>): void {
  let listBytes = 0;
  for (const [name, value] of xattrs) {
    listBytes += name.length + 1;
    if (name.length === 0 || name.length > MAX_XATTR_NAME_BYTES || name.includes('\0')) {
      throw tarFault('the name of an extended attribute is not valid');
    }
    if (value.length > MAX_XATTR_VALUE_BYTES) {
      throw tarFault(
        `an extended attribute has ${value.length} bytes, allowed are ${MAX_XATTR_VALUE_BYTES}`,
      );
    }
  }
  if (listBytes > MAX_XATTR_LIST_BYTES) throw tarFault('an entry has too many extended attributes');
}
