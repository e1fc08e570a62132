import { hash } from 'node:crypto';
import { loadIngestAddon } from './ingest-addon.js';

/** Length of a SHA-256 hash in `bytes`. */
const HASH_BYTES = 32;

/** Returns the SHA-256 hash of each content; nobody may change them before it resolves. */
export type HashEach = (contents: readonly Uint8Array[]) => Promise<readonly Uint8Array[]>;

/** Returns the function that hashes many contents at once, beside the main thread with the addon. */
export function createHashEach(addon = loadIngestAddon()): HashEach {
  if (!addon) return hashEachHere;
  return async (contents) => {
    const digests = new Uint8Array(contents.length * HASH_BYTES);
    await addon.hashEach(contents, digests);
    return contents.map((_, index) =>
      digests.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES),
    );
  };
}

/** Hashes on the main thread: what runs where there is no addon. */
export function hashEachHere(contents: readonly Uint8Array[]): Promise<readonly Uint8Array[]> {
  return Promise.resolve(contents.map((content) => hash('sha256', content, 'buffer')));
}
