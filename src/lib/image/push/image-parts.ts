import type { Digest } from '../../base/digest.js';
import { parseManifest, type ImageIndex } from '../../registry/manifest/manifest.js';
import type { Descriptor } from '../../registry/manifest/descriptor.js';
import type { NewBlob } from '../../registry/upload/upload-context.js';
import { documentBlob } from '../archive/made-manifest.js';
import type { CatalogDocument, CatalogImage } from '../catalog/catalog-records.js';

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
  /** `os/architecture[/variant]`, in order */
  readonly platforms: readonly string[];
}

/** What {@link partsOfImage} reads. */
export interface PartsContext {
  /** everything that is installed */
  readonly images: readonly CatalogImage[];
  /** Returns the bytes of a document. */
  readDocument(document: CatalogDocument): Promise<Uint8Array>;
  /** Returns a layer with its exact bytes. */
  layerBlob(layer: Descriptor & { readonly diffId: Digest }): Promise<NewBlob>;
}

/**
 * Returns the parts of an installed image, byte by byte as it was pulled: with the index that it was
 * pulled by, if every image of that is installed, unless it is wanted alone.
 *
 * @throws {MonoError} as the context's functions
 */
export async function partsOfImage(
  context: PartsContext,
  image: CatalogImage,
  options: { readonly isAlone: boolean },
): Promise<ImageParts> {
  const isPart = image.index !== undefined && !options.isAlone;
  const index = isPart ? await wholeIndex(context, image.index) : undefined;
  if (!index) return partsOf(context, [image], await manifestOf(context, image));
  return partsOf(context, index.images, index.document);
}

interface WholeIndex {
  readonly document: DocumentPart;
  readonly images: readonly CatalogImage[];
}

/** Returns an index and its images, or `undefined` unless all of them are installed. */
async function wholeIndex(
  context: PartsContext,
  document: CatalogDocument,
): Promise<WholeIndex | undefined> {
  const { digest } = document;
  const bytes = await context.readDocument(document);
  const index = parseManifest(bytes, { subject: digest, contentType: undefined });
  if (index.kind !== 'index') return undefined;
  const found = imagesOf(index, context.images);
  return found && { document: { digest, bytes, mediaType: index.mediaType }, images: found };
}

function imagesOf(index: ImageIndex, images: readonly CatalogImage[]): CatalogImage[] | undefined {
  const found: CatalogImage[] = [];
  for (const { digest } of index.manifests) {
    const image = images.find(({ manifest }) => manifest.digest === digest);
    if (!image) return undefined;
    found.push(image);
  }
  return found;
}

async function manifestOf(context: PartsContext, image: CatalogImage): Promise<DocumentPart> {
  const bytes = await context.readDocument(image.manifest);
  return { digest: image.manifest.digest, mediaType: image.manifestMediaType, bytes };
}

async function partsOf(
  context: PartsContext,
  images: readonly CatalogImage[],
  top: DocumentPart,
): Promise<ImageParts> {
  const blobs = new Map<Digest, NewBlob>();
  const manifests: DocumentPart[] = [];
  for (const image of images) {
    const manifest = await manifestOf(context, image);
    if (manifest.digest !== top.digest) manifests.push(manifest);
    const config = { digest: image.config.digest, bytes: await context.readDocument(image.config) };
    blobs.set(config.digest, { ...documentBlob(config), digest: config.digest });
    for (const layer of image.layers) {
      if (!blobs.has(layer.digest)) blobs.set(layer.digest, await context.layerBlob(layer));
    }
  }
  const platforms = images.map(({ platform }) => platform);
  return { top, manifests, blobs: [...blobs.values()], platforms };
}
