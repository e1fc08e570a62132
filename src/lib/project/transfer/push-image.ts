import type { Digest } from '../../base/digest.js';
import { pushParts, type PushedBlob } from '../../image/push/push-parts.js';
import { parseReference, formatReference, type Reference } from '../../registry/reference.js';
import type { UploadProgress } from '../../registry/upload/upload-blob.js';
import { MonoError } from '../../errors.js';
import { findTree } from '../compare/find-tree.js';
import { partsOfTree } from './parts-of-tree.js';
import type { TransferOptions, TransferServices } from './transfer-services.js';

/** What is to be pushed, and where. */
export interface PushImageRequest extends Pick<TransferOptions, 'flatten' | 'platforms'> {
  /** as `findTree` takes it */
  readonly target: string;
  /** a reference without digest; without tag it means `latest` */
  readonly destination: string;
  readonly onProgress: (event: UploadProgress) => void;
}

/** What was pushed; `mono push --json` prints it. */
export interface PushReport {
  readonly target: string;
  /** fully qualified, with its tag */
  readonly destination: string;
  /** of what the tag names now: an index or a manifest */
  readonly digest: Digest;
  readonly mediaType: string;
  /** whether manifests and layers are those that were pulled */
  readonly exact: boolean;
  /** `os/architecture[/variant]` */
  readonly platforms: readonly string[];
  /** platforms of the index that the image was pulled by, where that was left out */
  readonly omittedPlatforms: readonly string[];
  /** configurations and layers, and how each came to be there */
  readonly blobs: readonly PushedBlob[];
}

/**
 * Puts an image or version into a registry: an installed image byte by byte as it was pulled.
 *
 * @throws {MonoError} `REFERENCE_INVALID`, `USAGE_INVALID`, `EXPORT_NOT_EXACT`, `REGISTRY_*`; as
 *   `findTree`
 */
export async function pushImage(
  services: TransferServices,
  request: PushImageRequest,
): Promise<PushReport> {
  const { target, flatten, platforms, onProgress } = request;
  const destination = destinationOf(request.destination);
  const found = await findTree(target, services.places);
  const { parts, located, isExact } = await partsOfTree(services, found, {
    ...{ offline: false, flatten, platforms },
  });
  const registry = await services.registry();
  const writer = await registry.openWriter(destination);
  const blobs = await pushParts(parts, {
    ...{ writer, onProgress, tag: destination.tag, from: located?.reference },
    signal: services.signal,
  });
  return {
    target,
    destination: formatReference(destination),
    digest: parts.top.digest,
    mediaType: parts.top.mediaType,
    exact: isExact,
    platforms: parts.platforms,
    omittedPlatforms: parts.omittedPlatforms,
    blobs,
  };
}

function destinationOf(text: string): Reference {
  const reference = parseReference(text);
  if (reference.digest === undefined) return { ...reference, tag: reference.tag ?? 'latest' };
  throw new MonoError('USAGE_INVALID', 'Cannot push to a digest: what is pushed has its own', {
    hint: 'Name a tag, or nothing for `latest`.',
  });
}
