import type { CID } from 'multiformats/cid';
import type { Digest } from '../../base/digest.js';
import type { Descriptor } from '../../registry/manifest/descriptor.js';

/** A layer that has been unpacked. */
export interface CatalogLayer {
  readonly diffId: Digest;
  readonly changeSet: CID;
  /** size of the tar archive in `bytes` */
  readonly unpackedBytes: number;
  /** entries of the archive */
  readonly entryCount: number;
  /** what its archive can be made from again, if that is kept */
  readonly recipe: CID | undefined;
}

/** A document of an image as it came from the registry, kept in the store. */
export interface CatalogDocument {
  readonly digest: Digest;
  /** raw block of the same hash, unless the document is larger than a block can be */
  readonly cid: CID;
}

/** An image that is installed, for one platform. */
export interface CatalogImage {
  readonly manifest: CatalogDocument;
  readonly manifestMediaType: string;
  /** what the reference named when the image was pulled, if that was an index */
  readonly index: CatalogDocument | undefined;
  readonly config: CatalogDocument;
  /** `os/architecture[/variant]` */
  readonly platform: string;
  readonly chainId: Digest;
  /** bottom layer first */
  readonly layers: readonly (Descriptor & { readonly diffId: Digest })[];
  /** root of the complete tree */
  readonly root: CID;
  /** size of the layers' archives in `bytes` */
  readonly unpackedBytes: number;
  /** when it was pulled last, in `ms` since 1970; 0 when that is not known */
  readonly addedAt: number;
}

/** What {@link CatalogImage} is recorded from; the rest is known of its layers and chain. */
export type NewCatalogImage = Omit<CatalogImage, 'unpackedBytes' | 'addedAt'>;
