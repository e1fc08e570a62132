import type { Digest } from '../../base/digest.js';

/** The forms of signatures that are read: cosign's own, and the bundles of Sigstore. */
export type SignatureFormat = 'simple-signing' | 'bundle';

/**
 * Everything that a signature can be checked with, except a key: it can be kept and checked again
 * without a registry. Nothing of it is to be believed before `checkSignature`.
 */
export interface SignatureEvidence {
  readonly format: SignatureFormat;
  /** digest of the manifest that it came in */
  readonly manifest: Digest;
  /** what is signed, or the bundle that holds both */
  readonly document: Uint8Array;
  /** over the document; empty for a bundle */
  readonly signature: Uint8Array;
  /** whether a certificate came with it, which says whose it is where no key does */
  readonly hasCertificate: boolean;
}

/** What a signature must speak of. */
export interface SignedSubject {
  readonly digest: Digest;
  /** the repository that it must name; `undefined`: any, or none */
  readonly repository: string | undefined;
}
