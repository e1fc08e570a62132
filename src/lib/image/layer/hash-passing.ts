import type { StreamHash } from '../../io/native/stream-hash.js';

/** Passes the pieces of a stream on, and adds each to `hash` while the receiver works on it. */
export async function* hashPassing<T extends Uint8Array>(
  source: AsyncIterable<T>,
  hash: StreamHash,
): AsyncGenerator<T> {
  for await (const piece of source) {
    const hashed = hash.update([piece]);
    yield piece;
    // The source may use the piece again once the next one is asked for.
    await hashed;
  }
}
