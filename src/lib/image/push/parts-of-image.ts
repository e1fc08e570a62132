import type { Digest } from '../../base/digest.js';
import {
  parseManifest,
  type ImageIndex,
  type IndexEntry,
} from '../../registry/manifest/manifest.js';
import { formatPlatform } from '../../registry/platform.js';
import type { CatalogDocument, CatalogImage } from '../catalog/catalog-records.js';
import type { DocumentPart, ImageParts, PartsContext, PlatformChoice } from './image-parts.js';
import { blobsOfImage, partsOfIndex } from './index-parts.js';

/** What an index calls the platform of what is none: an attestation, as builders write them. */
const NO_PLATFORM = 'unknown/unknown';

/**
 * Returns the parts of an installed image, byte by byte as it was pulled.
 *
 * @throws {MonoError} `EXPORT_NOT_EXACT`, `MANIFEST_INVALID`; as the context's functions
 */
export async function partsOfImage(
  context: PartsContext,
  image: CatalogImage,
  choice: PlatformChoice,
): Promise<ImageParts> {
  const read = image.index && choice !== 'one' ? await readIndex(context, image.index) : undefined;
  if (!read) return partsAlone(context, image, []);
  const missing = read.index.manifests.filter(({ digest }) => !isInstalled(context, digest));
  if (choice === 'installed' && missing.length > 0) {
    return partsAlone(context, image, platformsOf(missing));
  }
  const { manifests, blobs } = await partsOfIndex(context, read.top);
  const platforms = platformsOf(read.index.manifests).filter((name) => name !== NO_PLATFORM);
  return { top: read.top, manifests, blobs, platforms, omittedPlatforms: [] };
}

interface ReadIndex {
  readonly top: DocumentPart;
  readonly index: ImageIndex;
}

async function readIndex(
  context: PartsContext,
  document: CatalogDocument,
): Promise<ReadIndex | undefined> {
  const { digest } = document;
  const bytes = await context.readDocument(document);
  const index = parseManifest(bytes, { subject: digest, contentType: undefined });
  if (index.kind !== 'index') return undefined;
  return { index, top: { digest, bytes, mediaType: index.mediaType } };
}

async function partsAlone(
  context: PartsContext,
  image: CatalogImage,
  others: readonly string[],
): Promise<ImageParts> {
  const bytes = await context.readDocument(image.manifest);
  const { manifest, manifestMediaType, platform } = image;
  return {
    top: { digest: manifest.digest, mediaType: manifestMediaType, bytes },
    manifests: [],
    blobs: await blobsOfImage(context, image),
    platforms: [platform],
    omittedPlatforms: others.filter((other) => other !== platform),
  };
}

function isInstalled({ images }: PartsContext, digest: Digest): boolean {
  return images.some(({ manifest }) => manifest.digest === digest);
}

function platformsOf(entries: readonly IndexEntry[]): string[] {
  const names = entries.map(({ platform, isAttestation }) =>
    platform && !isAttestation ? formatPlatform(platform) : NO_PLATFORM,
  );
  return [...new Set(names)];
}
