import type { ErrorCode } from '../../error-codes.js';

/** What an answer without success means. */
export interface Verdict {
  readonly code: ErrorCode;
  /** continues the host's name */
  readonly state: string;
  readonly hint?: string;
}
