import { digestOf } from '../../base/digest.js';
import { redact } from '../../base/redact.js';
import { MonoError } from '../../errors.js';
import { formatRepository } from '../reference.js';
import { discardQuietly } from '../transport/response-body.js';
import type { UploadContext } from './upload-context.js';

/** A manifest or index to put into a repository that has everything it names. */
export interface NewManifest {
  readonly bytes: Uint8Array;
  readonly mediaType: string;
  /** what it is to be found under beside its digest */
  readonly tag?: string | undefined;
}

/**
 * Puts a manifest or index into a repository, byte by byte as it is; under a tag the tag then names
 * it. Idempotent.
 *
 * @throws {MonoError} `REGISTRY_*`, `CANCELLED`
 * @see OCI distribution-spec v1.1, "Pushing Manifests"
 */
export async function putManifest(
  { connection, reference }: UploadContext,
  { bytes, mediaType, tag }: NewManifest,
  signal?: AbortSignal,
): Promise<void> {
  const digest = digestOf(bytes);
  const purpose = `put the manifest \`${digest}\` into \`${formatRepository(reference)}\``;
  const response = await connection.write({
    reference,
    path: `manifests/${tag ?? digest}`,
    method: 'PUT',
    headers: { 'content-type': mediaType },
    body: bytes,
    purpose,
    signal,
  });
  if (response.status < 200 || response.status > 299) {
    throw await connection.refusal(response, purpose);
  }
  await discardQuietly(response);
  const stated = response.header('docker-content-digest') ?? digest;
  if (stated === digest || !stated.startsWith('sha256:')) return;
  throw new MonoError(
    'REGISTRY_PROTOCOL',
    `Cannot ${purpose}: \`${response.url.host}\` stored \`${redact(stated)}\``,
    { details: { host: response.url.host, expected: digest, actual: redact(stated) } },
  );
}
