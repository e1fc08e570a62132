import { setTimeout as sleep } from 'node:timers/promises';
import { throwIfAborted } from '../../base/async.js';
import { discardQuietly } from './response-body.js';
import type { HttpRequest, HttpResponse, Send } from './http.js';
import { isTransient } from './network-error.js';
import { parseRetryAfter } from './retry-after.js';

/** How often and how long a request is tried. */
export interface RetryPolicy {
  /** including the first attempt; at least 1 */
  readonly maxAttempts: number;
  /** upper bound of the wait after the first failure, in `ms`; doubles with each failure */
  readonly baseDelayMs: number;
  readonly maxDelayMs: number;
  /** the longest wait that a server may ask for, in `ms`; if it asks for more, we give up at once */
  readonly maxRetryAfterMs: number;
}

/** Answers after which the same request may well succeed. */
const RETRIED_STATUSES: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504]);

/**
 * Returns `send` with further attempts after transient failures. When they are used up, the last
 * answer is returned, or the last error thrown, as it is. A request with a stream is sent once: part
 * of it may have been taken, and only the sender knows how to go on.
 */
export function withRetry(send: Send, policy: RetryPolicy): Send {
  return async function sendWithRetry(request) {
    for (let attempt = 1; ; attempt += 1) {
      const isLast = attempt >= policy.maxAttempts || typeof request.body === 'function';
      const outcome = await tryOnce(send, request, isLast);
      if (!('retryAfterMs' in outcome)) return outcome.response;
      const { retryAfterMs, response } = outcome;
      if (response && (retryAfterMs ?? 0) > policy.maxRetryAfterMs) return response;
      if (response) await discardQuietly(response);
      await pause(retryAfterMs ?? backOffMs(attempt, policy), request.signal);
    }
  };
}

/**
 * Returns how long to wait after failure number `attempt` (from 1), in `ms`: between half of a bound
 * that doubles and all of it, so that clients that failed together do not come back together.
 */
export function backOffMs(
  attempt: number,
  policy: Pick<RetryPolicy, 'baseDelayMs' | 'maxDelayMs'>,
): number {
  const bound = Math.min(policy.maxDelayMs, policy.baseDelayMs * 2 ** (attempt - 1));
  return bound * (0.5 + Math.random() / 2);
}

/**
 * Returns after `delayMs`.
 *
 * @throws {MonoError} `CANCELLED` as soon as `signal` is aborted
 */
export async function pause(delayMs: number, signal: AbortSignal | undefined): Promise<void> {
  await sleep(delayMs, undefined, signal ? { signal } : {}).catch(() => undefined);
  throwIfAborted(signal);
}

type Outcome =
  | { readonly response: HttpResponse }
  | { readonly response: HttpResponse | undefined; readonly retryAfterMs: number | undefined };

async function tryOnce(send: Send, request: HttpRequest, isLast: boolean): Promise<Outcome> {
  try {
    const response = await send(request);
    if (isLast || !RETRIED_STATUSES.has(response.status)) return { response };
    const retryAfterMs = parseRetryAfter(response.header('retry-after'), Date.now());
    return { response, retryAfterMs };
  } catch (error) {
    if (isLast || !isTransient(error)) throw error;
    return { response: undefined, retryAfterMs: undefined };
  }
}
