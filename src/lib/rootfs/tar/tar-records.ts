import { bytesOfByteString, byteStringFromText, type ByteString } from '../../base/bytes.js';
import type { Attributes, Timestamp } from '../../fs/entry.js';
import {
  MAX_ID_FIELD,
  MAX_NAME_FIELD_BYTES,
  MAX_NUMBER_FIELD,
  paxRecord,
  type HeaderFields,
} from './tar-header.js';

/** Returns the pax records, joined, that `header` needs beside itself; empty when it needs none. */
export function recordsOf(
  header: HeaderFields,
  { mtime, xattrs }: Pick<Attributes, 'mtime' | 'xattrs'>,
): Uint8Array {
  const { name, linkName, uid, gid, sizeBytes } = header;
  const { seconds, nanoseconds } = mtime;
  const isTimeExact = nanoseconds === 0 && seconds >= 0 && seconds <= MAX_NUMBER_FIELD;
  const values: Readonly<Record<string, ByteString | undefined>> = {
    gid: gid > MAX_ID_FIELD ? byteStringFromText(String(gid)) : undefined,
    linkpath: needsRecord(linkName) ? linkName : undefined,
    mtime: isTimeExact ? undefined : byteStringFromText(timeText(mtime)),
    path: needsRecord(name) ? name : undefined,
    size: sizeBytes > MAX_NUMBER_FIELD ? byteStringFromText(String(sizeBytes)) : undefined,
    uid: uid > MAX_ID_FIELD ? byteStringFromText(String(uid)) : undefined,
  };
  const records = Object.entries(values).flatMap(([key, value]) =>
    value === undefined ? [] : [paxRecord(key as ByteString, bytesOfByteString(value))],
  );
  for (const [key, value] of xattrs) records.push(xattrRecord(key, value));
  return Buffer.concat(records);
}

/** The form that everybody reads; a name with `=` would end early in it and takes libarchive's. */
function xattrRecord(key: ByteString, value: Uint8Array): Uint8Array {
  if (!key.includes('=')) return paxRecord(`SCHILY.xattr.${key}` as ByteString, value);
  const encoded = key.replaceAll('%', '%25').replaceAll('=', '%3D');
  const base64 = Buffer.from(Buffer.from(value).toString('base64'));
  return paxRecord(`LIBARCHIVE.xattr.${encoded}` as ByteString, base64);
}

/** Readers take the bytes of a header for ASCII or for who knows what. */
function needsRecord(text: ByteString): boolean {
  return text.length > MAX_NAME_FIELD_BYTES || /[^\x20-\x7e]/.test(text);
}

/** Decimal seconds; -1.25 is the second before -1, and 0.75 s more. */
function timeText({ seconds, nanoseconds }: Timestamp): string {
  const isNegative = seconds < 0 && nanoseconds > 0;
  const whole = isNegative ? `-${-seconds - 1}` : String(seconds);
  const fraction = isNegative ? 1_000_000_000 - nanoseconds : nanoseconds;
  const digits = String(fraction).padStart(9, '0').replace(/0+$/, '');
  return digits === '' ? whole : `${whole}.${digits}`;
}
