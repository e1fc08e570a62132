import { mapConcurrent } from '../../base/async.js';
import type { Digest } from '../../base/digest.js';
import type { Reference } from '../../registry/reference.js';
import type { RepositoryWriter } from '../../registry/upload/repository-writer.js';
import type { UploadOutcome, UploadProgress } from '../../registry/upload/upload-blob.js';
import type { ImageParts } from './image-parts.js';

/** How many blobs are sent at a time: as many layers as a pull fetches. */
const UPLOAD_CONCURRENCY = 3;

/** Where and how {@link pushParts} sends an image. */
export interface PushRequest {
  readonly writer: RepositoryWriter;
  /** what is to name the image there; absent: its digest alone */
  readonly tag: string | undefined;
  /** a repository that may have the blobs */
  readonly from: Reference | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((event: UploadProgress) => void) | undefined;
}

/** What became of a blob. */
export interface PushedBlob {
  readonly digest: Digest;
  readonly sizeBytes: number;
  readonly outcome: UploadOutcome;
}

/**
 * Sends an image to a repository: blobs first, then the manifests that an index names, last what the
 * tag is to name, so that nothing is ever named before it is there.
 *
 * @throws {MonoError} as `RepositoryWriter`
 */
export async function pushParts(parts: ImageParts, request: PushRequest): Promise<PushedBlob[]> {
  const { writer, tag, from, signal, onProgress } = request;
  const options = { concurrency: UPLOAD_CONCURRENCY, signal };
  const pushed = await mapConcurrent(parts.blobs, options, async (blob) => {
    const outcome = await writer.uploadBlob(blob, { from, signal, onProgress });
    return { digest: blob.digest, sizeBytes: blob.sizeBytes, outcome };
  });
  for (const manifest of parts.manifests) await writer.putManifest(manifest, signal);
  await writer.putManifest({ ...parts.top, tag }, signal);
  return pushed;
}
