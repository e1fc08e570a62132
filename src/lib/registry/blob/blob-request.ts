import { redact } from '../../base/redact.js';
import { MonoError } from '../../errors.js';
import { sizeMismatch } from './blob-verifier.js';
import type { RepositoryReader } from '../transport/repository-reader.js';
import type { Descriptor } from '../manifest/descriptor.js';
import type { HttpResponse } from '../transport/http.js';
import type { Reference } from '../reference.js';

/** A request for a blob from an offset on. */
export interface BlobRequest {
  readonly connection: RepositoryReader;
  /** the repository that has the blob */
  readonly reference: Reference;
  readonly descriptor: Descriptor;
  readonly offsetBytes: number;
  /** whether to ask for the part only; otherwise the bytes before the offset are read and dropped */
  readonly useRange: boolean;
  readonly purpose: string;
  readonly signal?: AbortSignal | undefined;
}

/** The bytes of a blob from the offset on, or what came of them. */
export interface BlobPart {
  readonly response: HttpResponse;
  readonly body: AsyncIterable<Uint8Array>;
}

/**
 * Returns the rest of a blob, or `undefined` when the server refuses the range (416). A server that
 * ignores the range is served by dropping what was not asked for.
 *
 * @throws {MonoError} `REGISTRY_PROTOCOL` for an answer that is another part,
 *   `BLOB_SIZE_MISMATCH` when the announced length cannot be right, `REGISTRY_*`, `CANCELLED`
 * @see RFC 9110, section 14
 */
export async function requestBlob(request: BlobRequest): Promise<BlobPart | undefined> {
  const { connection, reference, descriptor, offsetBytes, purpose, signal } = request;
  const isRange = request.useRange && offsetBytes > 0;
  const response = await connection.get({
    reference,
    path: `blobs/${descriptor.digest}`,
    headers: isRange ? { range: `bytes=${offsetBytes}-` } : {},
    purpose,
    signal,
  });
  if (response.status === 416) {
    response.discard();
    return undefined;
  }
  const problem = problemOf(response, request);
  if (problem) {
    response.discard();
    throw problem;
  }
  const isWhole = response.status === 200 && offsetBytes > 0;
  return { response, body: isWhole ? dropFirst(response.body, offsetBytes) : response.body };
}

function problemOf(response: HttpResponse, request: BlobRequest): MonoError | undefined {
  const { descriptor, offsetBytes, purpose } = request;
  const { status } = response;
  const announced = response.header('content-length');
  const length = announced === undefined ? undefined : Number(announced);
  if (status === 200) {
    const isOther = length !== undefined && length !== descriptor.sizeBytes;
    return isOther ? sizeMismatch(descriptor, purpose, String(length)) : undefined;
  }
  const range = response.header('content-range');
  if (status !== 206 || !isExpectedRange(range, request)) {
    return badAnswer(response, purpose);
  }
  const isTooMuch = length !== undefined && length > descriptor.sizeBytes - offsetBytes;
  return isTooMuch ? sizeMismatch(descriptor, purpose, 'more than that') : undefined;
}

/** `bytes 100-199/200`, where the total may be `*`. */
function isExpectedRange(range: string | undefined, request: BlobRequest): boolean {
  const match = /^bytes ([0-9]+)-([0-9]+)\/([0-9]+|\*)$/i.exec(range ?? '');
  if (!match) return false;
  const [, first, last, total] = match;
  const { sizeBytes } = request.descriptor;
  const isTotal = total === '*' || Number(total) === sizeBytes;
  return isTotal && Number(first) === request.offsetBytes && Number(last) < sizeBytes;
}

function badAnswer(response: HttpResponse, purpose: string): MonoError {
  const { host } = response.url;
  const range = redact(response.header('content-range') ?? 'none');
  const state = `\`${host}\` answers with status ${response.status} and range \`${range}\``;
  return new MonoError('REGISTRY_PROTOCOL', `Cannot ${purpose}: ${state}`, {
    details: { host, purpose, status: response.status },
  });
}

async function* dropFirst(
  source: AsyncIterable<Uint8Array>,
  countBytes: number,
): AsyncGenerator<Uint8Array> {
  let leftBytes = countBytes;
  for await (const piece of source) {
    const kept = leftBytes === 0 ? piece : piece.subarray(leftBytes);
    leftBytes = Math.max(0, leftBytes - piece.length);
    if (kept.length > 0) yield kept;
  }
}
