import { createStreamHash, type StreamHash } from './stream-hash.js';

/** Pieces of this many `bytes` in all are hashed with one trip to the thread pool. */
const GATHERED_BYTES = 512 * 1024;

/** The SHA-256 of a stream of small pieces, which nobody changes any more. */
export interface GatheredHash {
  /**
   * Takes the next piece. A returned promise resolves when there is room for another one; the calls
   * must not overlap.
   */
  add(piece: Uint8Array): void | Promise<void>;
  /** Returns the hash of all pieces; can be called once. */
  digest(): Promise<Uint8Array>;
}

/** Returns the hash of a stream of no bytes yet. With the addon it works beside the main thread. */
export function createGatheredHash(hash: StreamHash = createStreamHash()): GatheredHash {
  let pieces: Uint8Array[] = [];
  let gatheredBytes = 0;
  let hashing: Promise<void> = Promise.resolve();

  async function start(): Promise<void> {
    await hashing;
    hashing = Promise.resolve(hash.update(pieces));
    // Whoever waits for it next sees the failure.
    hashing.catch(() => undefined);
    pieces = [];
    gatheredBytes = 0;
  }
  return {
    add(piece): void | Promise<void> {
      pieces.push(piece);
      gatheredBytes += piece.length;
      if (gatheredBytes >= GATHERED_BYTES) return start();
    },
    async digest() {
      await start();
      await hashing;
      return hash.digest();
    },
  };
}
