import { digestFromHash, type Digest } from '../../base/digest.js';
import { createStreamHash } from '../../io/native/stream-hash.js';
import { tarFault } from '../tar/layer-fault.js';

/** The largest decompressed layer in `bytes`; stops what decompresses for ever. */
export const MAX_LAYER_BYTES = 1024 ** 4;

/**
 * Passes a byte stream on and computes its size and digest on the way, a piece while the receiver
 * works on it. Can be iterated once.
 */
export class HashedStream implements AsyncIterable<Uint8Array> {
  readonly #source: AsyncIterable<Uint8Array>;
  readonly #hash = createStreamHash();
  #sizeBytes = 0;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source;
  }

  /** Bytes that have passed so far. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Returns the digest of all that has passed; ends the hash, so it can be asked for once. */
  digest(): Digest {
    return digestFromHash(this.#hash.digest());
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for await (const piece of this.#source) {
      this.#sizeBytes += piece.length;
      if (this.#sizeBytes > MAX_LAYER_BYTES) {
        throw tarFault(`it has more than ${MAX_LAYER_BYTES} bytes`);
      }
      const hashed = this.#hash.update([piece]);
      yield piece;
      // The source may use the piece again once the next one is asked for.
      await hashed;
    }
  }
}
