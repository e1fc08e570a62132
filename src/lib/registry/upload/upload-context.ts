import type { Digest } from '../../base/digest.js';
import type { Reference } from '../reference.js';
import type { Connection } from '../transport/connection.js';
import type { RetryPolicy } from '../transport/retry.js';

/** Where uploads go, and how patiently. */
export interface UploadContext {
  readonly connection: Pick<Connection, 'write' | 'refusal'>;
  /** the repository that is written to */
  readonly reference: Reference;
  readonly retry: RetryPolicy;
}

/** A blob to put into a repository. */
export interface NewBlob {
  readonly digest: Digest;
  readonly sizeBytes: number;
  /** Returns all of the bytes, anew with each call; the registry checks their digest. */
  open(): AsyncIterable<Uint8Array>;
}
