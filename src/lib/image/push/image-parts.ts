import type { Digest } from '../../base/digest.js';
import type { Descriptor } from '../../registry/manifest/descriptor.js';
import type { NewBlob } from '../../registry/upload/upload-context.js';
import type { CatalogDocument, CatalogImage } from '../catalog/catalog-records.js';
import type { ImageOrigin } from './image-origin.js';

/** A manifest or index as it came. */
export interface DocumentPart {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

/** Everything that an image consists of, to be written somewhere else. */
export interface ImageParts {
  /** what a tag is to name: an index, or the manifest of one platform */
  readonly top: DocumentPart;
  /** the manifests that `top` names, if it is an index */
  readonly manifests: readonly DocumentPart[];
  /** configurations and layers, each once */
  readonly blobs: readonly NewBlob[];
  /** `os/architecture[/variant]`, in the order of the index */
  readonly platforms: readonly string[];
  /** of the index that it was pulled by, when that is left out: the platforms that go with it */
  readonly omittedPlatforms: readonly string[];
}

/**
 * Which of the images in an index are wanted: `all` of them, fetched where they are missing, the
 * index itself included; `installed`, the index if everything that it names is here, else the one
 * image alone; `one`, without the others in any case.
 */
export type PlatformChoice = 'all' | 'installed' | 'one';

/** What `partsOfImage` reads. */
export interface PartsContext {
  /** everything that is installed */
  readonly images: readonly CatalogImage[];
  /** where the image was pulled from, if that is known and may be asked */
  readonly origin: ImageOrigin | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Returns the bytes of a document. */
  readDocument(document: CatalogDocument): Promise<Uint8Array>;
  /** Returns a layer with its exact bytes. */
  layerBlob(layer: Descriptor & { readonly diffId: Digest }): Promise<NewBlob>;
}
