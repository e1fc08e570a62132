import { digestFromHash, type Digest } from '../../base/digest.js';
import { createStreamHash, type StreamHash } from '../../io/native/stream-hash.js';
import { tarFault } from '../tar/layer-fault.js';

/** The largest decompressed layer in `bytes`; stops what decompresses for ever. */
export const MAX_LAYER_BYTES = 1024 ** 4;

/** Passes a byte stream on, counts it, and tells its digest at the end. Can be iterated once. */
export class HashedStream implements AsyncIterable<Uint8Array> {
  readonly #source: AsyncIterable<Uint8Array>;
  readonly #hash = createStreamHash();
  #sizeBytes = 0;

  /** @param open makes the stream, and adds all that comes out of it to the hash */
  constructor(open: (hash: StreamHash) => AsyncIterable<Uint8Array>) {
    this.#source = open(this.#hash);
  }

  /** Bytes that have passed so far. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Returns the digest of all, once all has passed; can be asked for once. */
  digest(): Digest {
    return digestFromHash(this.#hash.digest());
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for await (const piece of this.#source) {
      this.#sizeBytes += piece.length;
      if (this.#sizeBytes > MAX_LAYER_BYTES) {
        throw tarFault(`it has more than ${MAX_LAYER_BYTES} bytes`);
      }
      yield piece;
    }
  }
}
