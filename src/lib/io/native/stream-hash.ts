import { createHash } from 'node:crypto';
import { loadIngestAddon, type IngestAddon, type NativeHandle } from './ingest-addon.js';

/** Length of a SHA-256 hash in `bytes`. */
const HASH_BYTES = 32;

/** The SHA-256 of a stream. */
export interface StreamHash {
  /** where the addon has it: other functions of the addon can update it */
  readonly handle?: NativeHandle;
  /**
   * Takes the next pieces, which nobody may change until the returned promise, if any, resolves. The
   * calls must not overlap.
   */
  update(pieces: readonly Uint8Array[]): void | Promise<void>;
  /** Returns the hash of all pieces; can be called once. */
  digest(): Uint8Array;
}

/** Returns the hash of a stream of no bytes yet. With the addon it works beside the main thread. */
export function createStreamHash(addon = loadIngestAddon()): StreamHash {
  return addon ? hashBeside(addon) : hashHere();
}

/** Hashes on the main thread: what runs where there is no addon. */
export function hashHere(): StreamHash {
  const hash = createHash('sha256');
  return {
    update(pieces) {
      for (const piece of pieces) hash.update(piece);
    },
    digest: () => new Uint8Array(hash.digest()),
  };
}

/** Hashes in the thread pool. */
function hashBeside(addon: IngestAddon): StreamHash {
  const handle = addon.createHash();
  return {
    handle,
    update: (pieces) => addon.updateHash(handle, pieces),
    digest() {
      const digest = new Uint8Array(HASH_BYTES);
      addon.finishHash(handle, digest);
      return digest;
    },
  };
}
