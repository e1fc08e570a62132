/*
 * The extended header of POSIX pax: records `LENGTH SP KEY=VALUE LF`, where LENGTH is the decimal
 * size of the whole record. Values are bytes here, not text: names need not be UTF-8, and the value
 * of an extended attribute may hold anything, line feeds and NULs included.
 */
import { byteStringFromBytes, type ByteString } from '../../base/bytes.js';
import type { Timestamp } from '../../fs/entry.js';
import { tarFault } from './layer-fault.js';

/** The largest extended header or long name in `bytes`; real ones are smaller than a page. */
export const MAX_EXTENDED_HEADER_BYTES = 1 << 20;

/** Records by key; of equal keys the last counts, as POSIX has it. */
export type PaxRecords = ReadonlyMap<ByteString, Uint8Array>;

const SPACE = 0x20;
const LINE_FEED = 0x0a;
const EQUALS = 0x3d;
/** Digits of MAX_EXTENDED_HEADER_BYTES. */
const MAX_LENGTH_DIGITS = 7;
const NANOSECOND_DIGITS = 9;
const DECIMAL = /^-?[0-9]{1,19}$/;
const DECIMAL_TIME = /^(-?)([0-9]{1,19})(?:\.([0-9]*))?$/;

/**
 * Returns the records of an extended header. The values are views of `bytes`.
 *
 * @throws {LayerFault} `LAYER_INVALID` when a record is malformed
 * @see POSIX.1-2017 pax, "pax Extended Header"
 */
export function parsePaxRecords(bytes: Uint8Array): PaxRecords {
  const records = new Map<ByteString, Uint8Array>();
  let start = 0;
  while (start < bytes.length) {
    const space = bytes.indexOf(SPACE, start);
    const lengthBytes = recordLength(bytes, start, space);
    const end = start + lengthBytes;
    const equals = bytes.indexOf(EQUALS, space);
    if (end > bytes.length || bytes[end - 1] !== LINE_FEED) throw malformed();
    if (equals <= space + 1 || equals >= end) throw malformed();
    const key = byteStringFromBytes(bytes.subarray(space + 1, equals));
    if (key.includes('\0')) throw malformed();
    records.set(key, bytes.subarray(equals + 1, end - 1));
    start = end;
  }
  return records;
}

/**
 * Returns the integer that a record states.
 *
 * @throws {LayerFault} `LAYER_INVALID` when it is none, or beyond 2^53
 */
export function parsePaxInteger(key: string, value: Uint8Array): number {
  const text = byteStringFromBytes(value);
  const number = Number(text);
  if (!DECIMAL.test(text) || !Number.isSafeInteger(number)) throw badValue(key);
  return number;
}

/**
 * Returns the time that a record states in decimal seconds; digits beyond nanoseconds are cut off.
 *
 * @throws {LayerFault} `LAYER_INVALID` when it is none
 */
export function parsePaxTime(key: string, value: Uint8Array): Timestamp {
  const match = DECIMAL_TIME.exec(byteStringFromBytes(value));
  if (!match) throw badValue(key);
  const [, sign, whole = '', fraction = ''] = match;
  const seconds = Number(whole);
  if (!Number.isSafeInteger(seconds)) throw badValue(key);
  const nanoseconds = Number(fraction.slice(0, NANOSECOND_DIGITS).padEnd(NANOSECOND_DIGITS, '0'));
  if (sign === '') return { seconds, nanoseconds };
  // -1.25 s is the second before -1, and 0.75 s more.
  if (nanoseconds === 0) return { seconds: seconds === 0 ? 0 : -seconds, nanoseconds };
  return { seconds: -seconds - 1, nanoseconds: 1_000_000_000 - nanoseconds };
}

function recordLength(bytes: Uint8Array, start: number, space: number): number {
  const digits = space - start;
  if (space < 0 || digits < 1 || digits > MAX_LENGTH_DIGITS) throw malformed();
  const text = byteStringFromBytes(bytes.subarray(start, space));
  if (!/^[0-9]+$/.test(text)) throw malformed();
  const lengthBytes = Number(text);
  if (lengthBytes < digits + 2) throw malformed();
  return lengthBytes;
}

function malformed(): Error {
  return tarFault('an extended header is malformed');
}

function badValue(key: string): Error {
  return tarFault(`the extended header's \`${key}\` is not valid`);
}
