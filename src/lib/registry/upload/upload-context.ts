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
