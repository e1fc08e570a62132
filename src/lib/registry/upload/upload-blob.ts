/*
 * A blob on its way into a repository (OCI distribution-spec v1.1, "Pushing Blobs"):
 *
 *   POST uploads/[?mount&from] ─ 201 ─▶ mounted
 *     └ 202 ─▶ small: PUT with all bytes
 *              large: PATCH with a stream ─▶ PUT
 *                       └ broken ─▶ GET where it stands ─▶ PATCH the rest
 *
 * One PATCH for all bytes is what every client in use sends, so every registry takes it; ranges
 * appear only when there is something to resume.
 */
import { concatBytes } from '../../base/async.js';
import type { Digest } from '../../base/digest.js';
import { isMonoError } from '../../errors.js';
import { formatRepository, type Reference } from '../reference.js';
import { backOffMs, pause } from '../transport/retry.js';
import type { NewBlob, UploadContext } from './upload-context.js';
import {
  appendToUpload,
  finishUpload,
  reopenUpload,
  startUpload,
  statusOfUpload,
  type UploadSession,
  type UploadTask,
} from './upload-session.js';

/** Up to this size in `bytes` a blob is sent from memory, which lets it be sent again at no cost. */
export const MONOLITHIC_UPLOAD_BYTES = 1024 * 1024;

/** A connection that took less than this, in `bytes`, counts as a failed attempt. */
const MIN_PROGRESS_BYTES = 64 * 1024;

/** What an upload tells: bytes that the registry was sent so far. */
export interface UploadProgress {
  readonly digest: Digest;
  readonly sentBytes: number;
  readonly sizeBytes: number;
}

/** Options of {@link uploadBlob}. */
export interface UploadOptions {
  /** another repository, of any registry, that has the blob: the same registry need not be sent it */
  readonly from?: Reference | undefined;
  readonly signal?: AbortSignal | undefined;
  /** called for every piece; throttle on the other side */
  readonly onProgress?: ((event: UploadProgress) => void) | undefined;
}

/** How a blob came to be in a repository. */
export type UploadOutcome = 'present' | 'mounted' | 'uploaded';

/**
 * Puts a blob into a repository. A connection that breaks is replaced by one that goes on where it
 * broke, until several attempts in a row bring nothing.
 *
 * @throws {MonoError} `REGISTRY_*`, `CANCELLED`; whatever the bytes' source throws
 */
export async function uploadBlob(
  context: UploadContext,
  blob: NewBlob,
  options: UploadOptions = {},
): Promise<UploadOutcome> {
  const { reference } = context;
  const { from, signal } = options;
  const purpose = `upload blob \`${blob.digest}\` to \`${formatRepository(reference)}\``;
  const mountFrom = from?.registry === reference.registry ? from : undefined;
  const task: UploadTask = { ...context, blob, purpose, signal };
  const session = await startUpload(task, mountFrom);
  if (!session) return 'mounted';
  await sendPatiently(task, session, options);
  return 'uploaded';
}

async function sendPatiently(
  task: UploadTask,
  first: UploadSession,
  options: UploadOptions,
): Promise<void> {
  const { blob, retry, signal } = task;
  let session = first;
  for (let failures = 0; ;) {
    const source = new WatchedSource(blob, options);
    try {
      await send(task, session, source);
      return;
    } catch (error) {
      if (source.failure) throw source.failure.error;
      if (!isMonoError(error, 'REGISTRY_UNREACHABLE')) throw error;
      const { offsetBytes } = session;
      session = (await statusOfUpload(task, session)) ?? (await reopenUpload(task));
      const isProgress = session.offsetBytes - offsetBytes >= MIN_PROGRESS_BYTES;
      failures = isProgress ? 1 : failures + 1;
      if (failures >= retry.maxAttempts) throw error;
      await pause(backOffMs(failures, retry), signal);
    }
  }
}

async function send(
  task: UploadTask,
  session: UploadSession,
  source: WatchedSource,
): Promise<void> {
  const { sizeBytes } = task.blob;
  if (sizeBytes <= MONOLITHIC_UPLOAD_BYTES) {
    const pieces: Uint8Array[] = [];
    for await (const piece of source.from(0)) pieces.push(piece);
    const total = pieces.reduce((sum, { length }) => sum + length, 0);
    return finishUpload(task, session, concatBytes(pieces, total));
  }
  if (session.offsetBytes >= sizeBytes) return finishUpload(task, session);
  const { offsetBytes } = session;
  return finishUpload(task, await appendToUpload(task, session, () => source.from(offsetBytes)));
}

/** Tells a failure of the source, which outranks what it makes of the request, and the progress. */
class WatchedSource {
  readonly #blob: NewBlob;
  readonly #options: UploadOptions;
  failure: { readonly error: unknown } | undefined;

  constructor(blob: NewBlob, options: UploadOptions) {
    this.#blob = blob;
    this.#options = options;
  }

  async *from(offsetBytes: number): AsyncGenerator<Uint8Array> {
    const { digest, sizeBytes } = this.#blob;
    let sentBytes = 0;
    try {
      for await (const piece of this.#blob.open()) {
        const skipped = Math.min(piece.length, Math.max(0, offsetBytes - sentBytes));
        sentBytes += piece.length;
        if (skipped === piece.length) continue;
        yield piece.subarray(skipped);
        this.#options.onProgress?.({ digest, sentBytes, sizeBytes });
      }
    } catch (error) {
      this.failure = { error };
      throw error;
    }
  }
}
