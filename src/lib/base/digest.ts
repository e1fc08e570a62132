import { createHash } from 'node:crypto';
import { MonoError } from '../errors.js';

/** The digest of some bytes as the OCI image specification writes it: `sha256:<64 lower-case hex>`. */
export type Digest = string & { readonly __brand: 'Digest' };

const SHA256_DIGEST = /^sha256:[0-9a-f]{64}$/;

/** Returns whether `text` is a digest that {@link parseDigest} accepts. */
export function isDigest(text: string): text is Digest {
  return SHA256_DIGEST.test(text);
}

/**
 * Returns `text` as a digest.
 *
 * @throws {MonoError} `DIGEST_INVALID` unless it is `sha256:` and 64 lower-case hex digits
 * @see OCI image-spec v1.1, descriptor.md, "Digests"
 */
export function parseDigest(text: string): Digest {
  if (isDigest(text)) return text;
  throw new MonoError('DIGEST_INVALID', `Cannot read digest \`${text.slice(0, 200)}\``, {
    hint: 'Write a digest as `sha256:` followed by 64 lower-case hex digits.',
  });
}

/** Returns the digest whose 32 hash bytes are `hash`. */
export function digestFromHash(hash: Uint8Array): Digest {
  return `sha256:${Buffer.from(hash.buffer, hash.byteOffset, hash.byteLength).toString('hex')}` as Digest;
}

/** Returns the 32 hash bytes of `digest`. */
export function hashOfDigest(digest: Digest): Uint8Array {
  return Uint8Array.from(Buffer.from(digest.slice('sha256:'.length), 'hex'));
}

/** Returns the sha-256 digest of `bytes`. */
export function digestOf(bytes: Uint8Array): Digest {
  return digestFromHash(createHash('sha256').update(bytes).digest());
}
