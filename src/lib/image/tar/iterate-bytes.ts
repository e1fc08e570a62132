import type { ByteSource } from '../../base/bytes.js';

/** An iterator over the pieces of a byte source. */
export type ByteIterator = AsyncIterator<Uint8Array> | Iterator<Uint8Array>;

/** Returns an iterator over `source` that can be used one step at a time. */
export function iterateBytes(source: ByteSource): ByteIterator {
  return Symbol.asyncIterator in source
    ? source[Symbol.asyncIterator]()
    : source[Symbol.iterator]();
}
