import type { Digest } from '../../base/digest.js';
import { formatRepository, type Reference } from '../reference.js';

/** The most bytes that are remembered: manifests and configurations of some hundred images. */
const MAX_REMEMBERED_BYTES = 16 * 1024 * 1024;

/** A document whose bytes have the digest that it is filed under. */
export interface CachedDocument {
  readonly bytes: Uint8Array;
  readonly mediaType: string | undefined;
}

/**
 * Manifests and configurations that a registry has given to this process. By its digest a document
 * is the same for good, so that resolving an image and then pulling it asks for each only once.
 * The oldest go when there are too many.
 */
export class DocumentCache {
  readonly #documents = new Map<string, CachedDocument>();
  #sizeBytes = 0;

  /** Returns the document that the repository of `reference` gave for `digest`. */
  find(reference: Reference, digest: Digest | undefined): CachedDocument | undefined {
    return digest && this.#documents.get(keyOf(reference, digest));
  }

  /** Remembers a document after its bytes were checked against `digest`. */
  add(reference: Reference, digest: Digest, document: CachedDocument): void {
    const key = keyOf(reference, digest);
    if (this.#documents.has(key)) return;
    this.#documents.set(key, document);
    this.#sizeBytes += document.bytes.length;
    for (const [oldest, { bytes }] of this.#documents) {
      if (this.#sizeBytes <= MAX_REMEMBERED_BYTES) return;
      this.#documents.delete(oldest);
      this.#sizeBytes -= bytes.length;
    }
  }
}

function keyOf(reference: Reference, digest: Digest): string {
  return `${formatRepository(reference)}@${digest}`;
}
