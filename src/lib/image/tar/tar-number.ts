import { tarFault } from './layer-fault.js';

const SPACE = 0x20;
const ZERO = 0x30;
const SEVEN = 0x37;
const BINARY_FLAG = 0x80;
const BINARY_NEGATIVE = 0x40;

/** Where a numeric field stands in a header block. */
export interface TarField {
  readonly name: string;
  readonly offset: number;
  readonly length: number;
}

/**
 * Returns the number in `field`: octal digits between spaces or NULs (an empty field is 0), or, when
 * the first bit is set, a two's complement integer in the remaining bits (GNU, for values that
 * octal digits cannot hold).
 *
 * @throws {LayerFault} `LAYER_INVALID` for other characters and beyond 2^53
 * @see POSIX.1-2017 pax, "ustar Interchange Format"; GNU tar manual, "Extensions"
 */
export function parseTarNumber(block: Uint8Array, field: TarField): number {
  const first = block[field.offset] ?? 0;
  return (first & BINARY_FLAG) === 0 ? parseOctal(block, field) : parseBinary(block, field);
}

function parseOctal(block: Uint8Array, field: TarField): number {
  let at = field.offset;
  const end = field.offset + field.length;
  while (at < end && isPadding(block[at])) at++;
  let value = 0;
  for (; at < end; at++) {
    const byte = block[at] ?? 0;
    if (byte < ZERO || byte > SEVEN) break;
    value = value * 8 + (byte - ZERO);
  }
  while (at < end && isPadding(block[at])) at++;
  if (at < end) throw tarFault(`the header field \`${field.name}\` is not a number`);
  return value;
}

function parseBinary(block: Uint8Array, field: TarField): number {
  const first = block[field.offset] ?? 0;
  const negative = (first & BINARY_NEGATIVE) !== 0;
  let value = BigInt(first & (BINARY_NEGATIVE - 1)) - (negative ? BigInt(BINARY_NEGATIVE) : 0n);
  for (let at = field.offset + 1; at < field.offset + field.length; at++) {
    value = value * 256n + BigInt(block[at] ?? 0);
  }
  const number = Number(value);
  if (!Number.isSafeInteger(number)) {
    throw tarFault(`the header field \`${field.name}\` is out of range`);
  }
  return number;
}

function isPadding(byte: number | undefined): boolean {
  return byte === SPACE || byte === 0;
}
