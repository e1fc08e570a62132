/** The initial byte of a CBOR data item (RFC 8949, section 3). */

/** Its first three bits: what the item is. */
export const MAJOR = {
  uint: 0,
  negative: 1,
  bytes: 2,
  text: 3,
  list: 4,
  map: 5,
  tag: 6,
  simple: 7,
} as const;

/** Its other five bits: a number up to `lastShort`, or how many bytes of a number follow. */
export const NUMBER = { lastShort: 23, bits8: 24, bits16: 25, bits32: 26, bits64: 27 } as const;

/** Its other five bits where it is a simple value. */
export const SIMPLE = { false: 20, true: 21 } as const;

/** The tag of a link, and the byte that stands before the CID in its byte string. */
export const LINK = { tag: 42, multibase: 0 } as const;
