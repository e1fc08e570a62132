import type { Digest } from '../../base/digest.js';
import type { RegistryClient } from '../../registry/client.js';
import type { IpldStore } from '../../store/ipld-store.js';
import type { ImageCatalog } from '../catalog/image-catalog.js';
import type { SharedDownloads } from './download/shared-downloads.js';

/** Where images come from and where they go. */
export interface PullContext {
  readonly registry: Pick<RegistryClient, 'resolve' | 'openBlob'>;
  readonly store: IpldStore;
  readonly catalog: ImageCatalog;
  /** default: downloads are not shared with other processes, nor resumed by them */
  readonly downloads?: SharedDownloads | undefined;
  /**
   * whether the store is to be able to give out the blobs of layers byte for byte: compressed ones
   * are kept as they come, of others a recipe; or the digests of the blobs that are; default: no
   */
  readonly keepExact?: boolean | ReadonlySet<Digest> | undefined;
}

/** Returns whether the store is to be able to give out the blob with this digest. */
export function isKeptExact(
  { keepExact }: Pick<PullContext, 'keepExact'>,
  digest: Digest,
): boolean {
  return typeof keepExact === 'object' ? keepExact.has(digest) : keepExact === true;
}
