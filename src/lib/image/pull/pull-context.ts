import type { RegistryClient } from '../../registry/client.js';
import type { IpldStore } from '../../store/ipld-store.js';
import type { ImageCatalog } from '../catalog/image-catalog.js';

/** Where images come from and where they go. */
export interface PullContext {
  readonly registry: Pick<RegistryClient, 'resolve' | 'openBlob'>;
  readonly store: IpldStore;
  readonly catalog: ImageCatalog;
}
