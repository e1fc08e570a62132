import { redact } from '../../base/redact.js';
import { isMonoError, MonoError } from '../../errors.js';
import type { Reference } from '../reference.js';
import type { HttpResponse } from '../transport/http.js';
import { discardQuietly } from '../transport/response-body.js';
import type { NewBlob, UploadContext } from './upload-context.js';

/** One blob that is being uploaded. */
export interface UploadTask extends UploadContext {
  readonly blob: NewBlob;
  /** see `HttpRequest.purpose` */
  readonly purpose: string;
  readonly signal: AbortSignal | undefined;
}

/** An upload that a registry has open. */
export interface UploadSession {
  /** where the next request goes */
  readonly location: string;
  /** how much of the blob the registry has */
  readonly offsetBytes: number;
}

/**
 * Opens an upload, or, where the registry takes the blob over from the repository `mountFrom`,
 * returns `undefined`: then nothing is left to do.
 */
export async function startUpload(
  task: UploadTask,
  mountFrom: Reference | undefined,
): Promise<UploadSession | undefined> {
  if (!mountFrom) return reopenUpload(task);
  const from = encodeURIComponent(mountFrom.repository);
  const response = await post(task, {
    query: `?mount=${task.blob.digest}&from=${from}`,
    mountFrom,
  });
  await discardQuietly(response);
  if (response.status === 201) return undefined;
  // Who may not read the other repository can still send the bytes.
  if (response.status !== 202) return reopenUpload(task);
  return { location: locationOf(task, response), offsetBytes: 0 };
}

/** Opens an upload that has nothing yet. */
export async function reopenUpload(task: UploadTask): Promise<UploadSession> {
  const response = await post(task, { query: '', mountFrom: undefined });
  if (response.status !== 202) throw await task.connection.refusal(response, task.purpose);
  await discardQuietly(response);
  return { location: locationOf(task, response), offsetBytes: 0 };
}

async function post(
  { connection, reference, purpose, signal }: UploadTask,
  { query, mountFrom }: { readonly query: string; readonly mountFrom: Reference | undefined },
): Promise<HttpResponse> {
  return connection.write({
    reference,
    path: `blobs/uploads/${query}`,
    method: 'POST',
    headers: { 'content-length': '0' },
    body: new Uint8Array(0),
    from: mountFrom,
    purpose,
    signal,
  });
}

/** Sends the rest of the blob, which `open` starts, and returns the upload as it is then. */
export async function appendToUpload(
  task: UploadTask,
  session: UploadSession,
  open: () => AsyncIterable<Uint8Array>,
): Promise<UploadSession> {
  const { connection, reference, purpose, signal, blob } = task;
  const { location, offsetBytes } = session;
  const { sizeBytes } = blob;
  const response = await connection.write({
    reference,
    path: location,
    method: 'PATCH',
    headers: {
      'content-type': 'application/octet-stream',
      'content-length': String(sizeBytes - offsetBytes),
      ...(offsetBytes > 0 ? { 'content-range': `${offsetBytes}-${sizeBytes - 1}` } : {}),
    },
    body: open,
    purpose,
    signal,
  });
  if (response.status !== 202) throw await connection.refusal(response, purpose);
  await discardQuietly(response);
  return { location: locationOf(task, response), offsetBytes: sizeBytes };
}

/** Ends an upload, with all bytes of the blob or after they have been sent. */
export async function finishUpload(
  task: UploadTask,
  { location }: UploadSession,
  bytes: Uint8Array = new Uint8Array(0),
): Promise<void> {
  const { connection, reference, purpose, signal, blob } = task;
  const joint = location.includes('?') ? '&' : '?';
  const response = await connection.write({
    reference,
    path: `${location}${joint}digest=${encodeURIComponent(blob.digest)}`,
    method: 'PUT',
    headers: {
      'content-type': 'application/octet-stream',
      'content-length': String(bytes.length),
    },
    body: bytes,
    purpose,
    signal,
  });
  if (response.status !== 201 && response.status !== 204) {
    throw await connection.refusal(response, purpose);
  }
  await discardQuietly(response);
}

/** Returns how far an upload is, or `undefined` when the registry does not know it any more. */
export async function statusOfUpload(
  task: UploadTask,
  { location }: UploadSession,
): Promise<UploadSession | undefined> {
  const { connection, reference, purpose, signal } = task;
  try {
    const response = await connection.write({ reference, path: location, purpose, signal });
    await discardQuietly(response);
    const last = /^(?:bytes=)?0-([0-9]{1,15})$/.exec(response.header('range') ?? '')?.[1];
    if (response.status !== 204 || last === undefined) return undefined;
    // A range cannot say "nothing": a registry that has no byte says `0-0`, as for one byte.
    const offsetBytes = last === '0' ? 0 : Number(last) + 1;
    if (offsetBytes > task.blob.sizeBytes) return undefined;
    const next = response.header('location') === undefined ? location : locationOf(task, response);
    return { location: next, offsetBytes };
  } catch (error) {
    if (isMonoError(error, 'REGISTRY_UNREACHABLE')) return undefined;
    throw error;
  }
}

/** The connection refuses other hosts: what is pushed goes where the reference says. */
function locationOf({ purpose }: UploadTask, response: HttpResponse): string {
  const location = response.header('location') ?? '';
  if (location !== '' && URL.canParse(location, response.url.href)) {
    return new URL(location, response.url).href;
  }
  const { host } = response.url;
  throw new MonoError(
    'REGISTRY_PROTOCOL',
    `Cannot ${purpose}: \`${host}\` gives \`${redact(location)}\` as the place to send it to`,
    { details: { host, purpose } },
  );
}
