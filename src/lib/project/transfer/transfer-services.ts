import type { ImageCatalog } from '../../image/catalog/image-catalog.js';
import type { PlatformChoice } from '../../image/push/image-parts.js';
import type { RegistryClient } from '../../registry/client.js';
import type { ContentStore } from '../../store/ipld-store.js';
import type { TreePlaces } from '../compare/find-tree.js';

/** What taking images out of the store works with. */
export interface TransferServices {
  readonly places: TreePlaces;
  /** with room for the layers that are made */
  readonly store: ContentStore;
  /** knows which layers the store can give out byte for byte */
  readonly catalog: Pick<ImageCatalog, 'findBlob' | 'findLayer'>;
  /** Opens the way to the registries; called only when one is needed. */
  registry(): Promise<RegistryClient>;
  readonly signal: AbortSignal;
}

/** How the bytes of an image may come about. */
export interface TransferOptions {
  /** whether no registry may be asked */
  readonly offline: boolean;
  /** which of the images in the same index are wanted */
  readonly platforms: PlatformChoice;
  /** whether everything is to be in one new layer, instead of the layers that were pulled */
  readonly flatten: boolean;
}
