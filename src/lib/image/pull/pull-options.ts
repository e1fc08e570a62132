import type { PullProgress } from './pull-progress.js';

/** Options of `executePull`. */
export interface ExecutePullOptions {
  /** layers worked on at a time; default 3 */
  readonly concurrency?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** called for every piece that comes in; throttle on the other side */
  readonly onProgress?: ((event: PullProgress) => void) | undefined;
}
