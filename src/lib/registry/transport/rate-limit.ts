import type { HttpResponse } from './http.js';
import { parseRetryAfter } from './retry-after.js';

/** What a registry that limits the rate of requests says about when to come back. */
export interface RateLimit {
  /** until requests are answered again, in `ms`; `undefined` when nothing says so */
  readonly waitMs: number | undefined;
  /** what was allowed in which time, if the registry says so */
  readonly quota: { readonly requests: number; readonly windowMs: number } | undefined;
}

/** Headers with a time of Unix, in `s`: of Docker Hub and of GitHub. */
const RESET_TIME_HEADERS = ['x-retry-after', 'x-ratelimit-reset'] as const;

/** A number from here on is a time of Unix, below a number of seconds from now: Sep 2001. */
const EARLIEST_UNIX_SECONDS = 1_000_000_000;

/** The longest wait that is believed, in `ms`: a day. */
const MAX_WAIT_MS = 86_400_000;

/**
 * Returns what the headers of `response` say: `Retry-After`, else the time at which the registry
 * starts to count anew, else the window of the quota (`ratelimit-limit: 100;w=21600`).
 *
 * @see RFC 9110, section 10.2.3
 * @see https://docs.docker.com/docker-hub/usage/pulls/
 */
export function readRateLimit(response: Pick<HttpResponse, 'header'>, nowMs: number): RateLimit {
  const quota = readQuota(response.header('ratelimit-limit'));
  const waits = [
    parseRetryAfter(response.header('retry-after'), nowMs),
    ...RESET_TIME_HEADERS.map((name) => resetWait(response.header(name), nowMs)),
    resetWait(response.header('ratelimit-reset'), nowMs),
    quota?.windowMs,
  ];
  const waitMs = waits.find((wait) => wait !== undefined && wait <= MAX_WAIT_MS);
  return { waitMs, quota };
}

/** Returns `durationMs` in words for people, rounded up: `45 s`, `12 min`, `5 h 30 min`. */
export function formatWait(durationMs: number): string {
  const seconds = Math.ceil(durationMs / 1000);
  if (seconds <= 120) return `${seconds} s`;
  const minutes = Math.ceil(seconds / 60);
  if (minutes <= 120) return `${minutes} min`;
  const rest = minutes % 60;
  return rest === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${rest} min`;
}

function resetWait(value: string | undefined, nowMs: number): number | undefined {
  const text = value?.trim() ?? '';
  if (!/^[0-9]{1,12}$/.test(text)) return undefined;
  const seconds = Number(text);
  const isTime = seconds >= EARLIEST_UNIX_SECONDS;
  return Math.max(0, isTime ? seconds * 1000 - nowMs : seconds * 1000);
}

function readQuota(value: string | undefined): RateLimit['quota'] {
  const match = /^\s*([0-9]{1,9})\s*;\s*w=([0-9]{1,6})\b/.exec(value ?? '');
  return match ? { requests: Number(match[1]), windowMs: Number(match[2]) * 1000 } : undefined;
}
