import { collect } from '../../base/async.js';
import { MonoError } from '../../errors.js';
import type { HttpResponse } from './http.js';

/** The longest body of an error, in bytes, that is looked at. */
export const MAX_ERROR_BODY_BYTES = 64 * 1024;

/** How long a document (not a blob) may take to come in, in `ms`, however steadily it drips. */
const DOCUMENT_TIMEOUT_MS = 120_000;

/** How long it is worth reading an unwanted body to keep its connection, in `ms`. */
const DISCARD_TIMEOUT_MS = 1000;

/** What {@link readDocument} must know. */
export interface DocumentLimit {
  readonly limitBytes: number;
  /** what was being done, see `HttpRequest.purpose` */
  readonly purpose: string;
  readonly timeoutMs?: number;
}

/**
 * Returns the whole body of `response`.
 *
 * @throws {MonoError} `REGISTRY_PROTOCOL` when it is larger than the limit or never ends,
 *   `REGISTRY_UNREACHABLE` when the connection breaks
 */
export async function readDocument(
  response: HttpResponse,
  { limitBytes, purpose, timeoutMs = DOCUMENT_TIMEOUT_MS }: DocumentLimit,
): Promise<Uint8Array> {
  const host = response.url.host;
  function refuse(state: string): MonoError {
    const message = `Cannot ${purpose}: the answer of \`${host}\` ${state}`;
    return new MonoError('REGISTRY_PROTOCOL', message, { details: { host, purpose } });
  }
  const announced = Number(response.header('content-length') ?? 0);
  if (announced > limitBytes) {
    response.discard();
    throw refuse(`is larger than ${limitBytes} bytes`);
  }
  const late = new AbortController();
  late.signal.addEventListener('abort', () => response.discard());
  const timer = setTimeout(() => late.abort(), timeoutMs);
  try {
    return await collect(response.body, {
      limitBytes,
      tooLarge: () => refuse(`is larger than ${limitBytes} bytes`),
    });
  } catch (error) {
    throw late.signal.aborted ? refuse(`takes longer than ${timeoutMs} ms`) : error;
  } finally {
    clearTimeout(timer);
  }
}

/** Reads away a short body, so that the connection can be used again, and gives up a long one. */
export async function discardQuietly(response: HttpResponse): Promise<void> {
  const limits = { limitBytes: MAX_ERROR_BODY_BYTES, timeoutMs: DISCARD_TIMEOUT_MS, purpose: '' };
  await readDocument(response, limits).catch(() => undefined);
}
