import { createHash } from 'node:crypto';
import { loadIngestAddon, type IngestAddon } from './ingest-addon.js';

/** Length of a SHA-256 hash in `bytes`. */
const HASH_BYTES = 32;

/** The SHA-256 of a stream. */
export interface StreamHash {
  /**
   * Takes the next piece, which nobody may change any more. A returned promise resolves when there is
   * room for another one; the calls must not overlap.
   */
  update(piece: Uint8Array): void | Promise<void>;
  /** Returns the hash of all pieces; can be called once. */
  digest(): Promise<Uint8Array>;
}

/** Returns the hash of a stream of no bytes yet. With the addon it works beside the main thread. */
export function createStreamHash(addon = loadIngestAddon()): StreamHash {
  return addon ? hashBeside(addon) : hashHere();
}

/** Hashes on the main thread: what runs where there is no addon. */
export function hashHere(): StreamHash {
  const hash = createHash('sha256');
  return {
    update(piece) {
      hash.update(piece);
    },
    digest: () => Promise.resolve(new Uint8Array(hash.digest())),
  };
}

/** Hashes one piece in the thread pool while the caller makes the next one. */
function hashBeside(addon: IngestAddon): StreamHash {
  const handle = addon.createHash();
  let updating: Promise<void> = Promise.resolve();
  return {
    async update(piece) {
      await updating;
      updating = addon.updateHash(handle, [piece]);
      // Whoever waits for it next sees the failure.
      updating.catch(() => undefined);
    },
    async digest() {
      await updating;
      const digest = new Uint8Array(HASH_BYTES);
      addon.finishHash(handle, digest);
      return digest;
    },
  };
}
