import type { ByteSource } from '../../base/bytes.js';
import type { Digest } from '../../base/digest.js';
import { isMonoError, type MonoError } from '../../errors.js';
import { requestBlob } from './blob-request.js';
import { createBlobVerifier, type BlobVerifier } from './blob-verifier.js';
import type { RepositoryReader } from '../transport/repository-reader.js';
import type { Descriptor } from '../manifest/descriptor.js';
import type { HttpResponse } from '../transport/http.js';
import { formatRepository, type Reference } from '../reference.js';
import { MIN_WINDOW_BYTES } from '../transport/read-body.js';
import { backOffMs, pause, type RetryPolicy } from '../transport/retry.js';

/** What happens while a blob comes in. */
export type BlobProgress =
  | {
      readonly type: 'received';
      readonly digest: Digest;
      /** so far, the prefix included */
      readonly receivedBytes: number;
      readonly sizeBytes: number;
    }
  | {
      /** the connection broke or stalled, and the rest is asked for again */
      readonly type: 'resumed';
      readonly digest: Digest;
      readonly receivedBytes: number;
      readonly sizeBytes: number;
    };

/** Options of {@link openBlob}. */
export interface OpenBlobOptions {
  readonly signal?: AbortSignal | undefined;
  /** called for every piece; throttle on the other side */
  readonly onProgress?: ((event: BlobProgress) => void) | undefined;
  /**
   * the beginning of the blob, kept from an interrupted download: it is checked and given as the
   * rest is, but not fetched
   */
  readonly prefix?: ByteSource | undefined;
}

/** What {@link openBlob} reads, from where, and how patiently. */
export interface BlobContext {
  readonly connection: RepositoryReader;
  /** the repository that has the blob */
  readonly reference: Reference;
  readonly descriptor: Descriptor;
  readonly retry: RetryPolicy;
}

/**
 * A connection that brought less than this, in bytes, counts as a failed attempt, and so does one that
 * is given up because it is too slow.
 */
const MIN_PROGRESS_BYTES = MIN_WINDOW_BYTES;

/**
 * Yields the bytes of a blob as they are stored, never decompressed. Size and digest are checked on
 * the way: the stream ends without an error only if both are right, so nothing that was yielded may
 * be relied on before the end. A broken or stalled connection is replaced by one that starts where
 * it broke, until several attempts in a row bring nothing. Pieces are never reused.
 *
 * @throws {MonoError} `BLOB_SIZE_MISMATCH`, `BLOB_DIGEST_MISMATCH`, `REGISTRY_*`, `CANCELLED`
 */
export async function* openBlob(
  context: BlobContext,
  options: OpenBlobOptions = {},
): AsyncGenerator<Uint8Array> {
  const { connection, descriptor } = context;
  const { digest, sizeBytes } = descriptor;
  const purpose = `fetch blob \`${digest}\` of \`${formatRepository(context.reference)}\``;
  const verifier = createBlobVerifier(descriptor, purpose);
  const answers: HttpResponse[] = [];
  try {
    for await (const piece of options.prefix ?? []) {
      const room = verifier.update(piece);
      yield piece;
      if (room) await room;
    }
    for await (const piece of receive({ ...context, purpose, verifier, answers }, options)) {
      const room = verifier.update(piece);
      const { receivedBytes } = verifier;
      options.onProgress?.({ type: 'received', digest, receivedBytes, sizeBytes });
      yield piece;
      if (room) await room;
    }
    await verifier.end();
  } catch (error) {
    // With a prefix, nobody can say which part is wrong.
    const isTheirs = options.prefix === undefined && isWrongContent(error);
    if (isTheirs) answers.forEach((answer) => connection.distrust(answer));
    throw error;
  }
}

interface Reception extends BlobContext {
  readonly purpose: string;
  /** knows how far we are */
  readonly verifier: BlobVerifier;
  /** collects the answers that bytes came from */
  readonly answers: HttpResponse[];
}

/**
 * Yields what comes from the verifier's position on, from as many connections as it takes. Ends
 * early, without an error, when the server keeps ending early without one.
 */
async function* receive(
  reception: Reception,
  options: OpenBlobOptions,
): AsyncGenerator<Uint8Array> {
  const { verifier, descriptor, retry } = reception;
  const { digest, sizeBytes } = descriptor;
  let failures = 0;
  let useRange = true;
  while (verifier.receivedBytes < sizeBytes) {
    const startBytes = verifier.receivedBytes;
    const end = yield* attempt(reception, { useRange, signal: options.signal });
    const { receivedBytes } = verifier;
    if (receivedBytes >= sizeBytes) return;
    if (end.isRangeRefused) {
      useRange = false;
      continue;
    }
    failures = receivedBytes - startBytes < MIN_PROGRESS_BYTES ? failures + 1 : 1;
    if (failures >= retry.maxAttempts) {
      if (end.failure) throw end.failure;
      return;
    }
    options.onProgress?.({ type: 'resumed', digest, receivedBytes, sizeBytes });
    await pause(backOffMs(failures, retry), options.signal);
  }
}

interface AttemptEnd {
  readonly isRangeRefused?: boolean;
  /** what broke the connection; absent when the server ended the answer in order */
  readonly failure?: MonoError;
}

/** Yields what one connection brings. Only a break after the first answer is an end, not an error. */
async function* attempt(
  reception: Reception,
  options: { readonly useRange: boolean; readonly signal: AbortSignal | undefined },
): AsyncGenerator<Uint8Array, AttemptEnd> {
  const { answers, verifier } = reception;
  try {
    const part = await requestBlob({
      ...reception,
      ...options,
      offsetBytes: verifier.receivedBytes,
    });
    if (!part) return { isRangeRefused: true };
    answers.push(part.response);
    yield* part.body;
    return {};
  } catch (error) {
    if (answers.length > 0 && isMonoError(error, 'REGISTRY_UNREACHABLE')) return { failure: error };
    throw error;
  }
}

function isWrongContent(error: unknown): boolean {
  return isMonoError(error, 'BLOB_DIGEST_MISMATCH') || isMonoError(error, 'BLOB_SIZE_MISMATCH');
}
