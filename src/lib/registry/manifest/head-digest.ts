import { isDigest, type Digest } from '../../base/digest.js';
import { formatReference, type Reference } from '../reference.js';
import type { RepositoryReader } from '../transport/repository-reader.js';
import { fetchManifest } from './fetch-manifest.js';
import { ACCEPTED_MANIFESTS } from './media-types.js';
import { discardQuietly } from '../transport/response-body.js';

/**
 * Returns the digest of what a tag names in its registry at this moment; mirrors are not asked. It
 * is what the registry says, not what its bytes say. Some count such a request towards no limit.
 *
 * @throws {MonoError} `REGISTRY_*`, `MANIFEST_INVALID`, `CANCELLED`
 * @see OCI distribution-spec v1.1, "Checking if content exists in the registry"
 */
export async function headDigest(
  connection: RepositoryReader,
  reference: Reference,
  { signal }: { readonly signal?: AbortSignal | undefined },
): Promise<Digest> {
  const response = await connection.getFromRegistry({
    reference,
    path: `manifests/${reference.tag ?? 'latest'}`,
    headers: { accept: ACCEPTED_MANIFESTS },
    method: 'HEAD',
    purpose: `ask for the digest of \`${formatReference(reference)}\``,
    signal,
  });
  await discardQuietly(response);
  const stated = response.header('docker-content-digest') ?? '';
  if (isDigest(stated)) return stated;
  return (await fetchManifest(connection, { reference, signal })).digest;
}
