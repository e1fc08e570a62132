import type { Digest } from '../../base/digest.js';
import { discardQuietly } from '../transport/response-body.js';
import { formatRepository } from '../reference.js';
import { putManifest, type NewManifest } from './put-manifest.js';
import { uploadBlob, type UploadOptions, type UploadOutcome } from './upload-blob.js';
import type { NewBlob, UploadContext } from './upload-context.js';

/** Adds to one repository of a registry; asks for the right to push with the first request. */
export interface RepositoryWriter {
  /** Returns whether the repository has a blob. */
  hasBlob(digest: Digest, signal?: AbortSignal): Promise<boolean>;
  /** See {@link uploadBlob}. */
  uploadBlob(blob: NewBlob, options?: UploadOptions): Promise<UploadOutcome>;
  /** See {@link putManifest}. */
  putManifest(manifest: NewManifest, signal?: AbortSignal): Promise<void>;
}

/** Returns what writes to the repository of `context.reference`. */
export function createRepositoryWriter(context: UploadContext): RepositoryWriter {
  return {
    hasBlob: (digest, signal) => hasBlob(context, digest, signal),
    async uploadBlob(blob, options = {}) {
      if (await hasBlob(context, blob.digest, options.signal)) return 'present';
      return uploadBlob(context, blob, options);
    },
    putManifest: (manifest, signal) => putManifest(context, manifest, signal),
  };
}

async function hasBlob(
  { connection, reference }: UploadContext,
  digest: Digest,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const purpose = `look for blob \`${digest}\` in \`${formatRepository(reference)}\``;
  const path = `blobs/${digest}`;
  const response = await connection.write({ reference, path, method: 'HEAD', purpose, signal });
  if (response.status !== 200 && response.status !== 404) {
    throw await connection.refusal(response, purpose);
  }
  await discardQuietly(response);
  return response.status === 200;
}
