import type { Digest } from '../../base/digest.js';
import { MonoError } from '../../errors.js';
import type { Descriptor } from '../../registry/manifest/descriptor.js';
import { manifestError } from '../../registry/manifest/manifest.js';
import { readManifestContent } from '../../registry/manifest/manifest-content.js';
import type { NewBlob } from '../../registry/upload/upload-context.js';
import { documentBlob } from '../archive/made-manifest.js';
import type { CatalogImage } from '../catalog/catalog-records.js';
import type { DocumentPart, PartsContext } from './image-parts.js';

/** How deep indexes may nest, as for what is pulled. */
const MAX_DEPTH = 4;

/** The most manifests of one index: real ones have some dozens, each with its attestation. */
const MAX_MANIFESTS = 1024;

/** What an index, or a manifest, stands for. */
export interface NamedParts {
  /** all manifests and indexes below, each after those that it names */
  readonly manifests: readonly DocumentPart[];
  /** configurations and layers, each once */
  readonly blobs: readonly NewBlob[];
}

/**
 * Returns everything that an index names: what is installed from the store, the rest (platforms that
 * nobody installed here, attestations) from where the index was pulled.
 *
 * @throws {MonoError} `EXPORT_NOT_EXACT` when something is missing and nobody can be asked,
 *   `MANIFEST_INVALID`; as the context's functions and `RegistryClient`
 */
export async function partsOfIndex(
  context: PartsContext,
  index: DocumentPart,
): Promise<NamedParts> {
  const gathering: Gathering = { context, manifests: new Map(), blobs: new Map() };
  await addNamed(gathering, index, 0);
  const { manifests, blobs } = gathering;
  return { manifests: [...manifests.values()], blobs: [...blobs.values()] };
}

/** Returns what one installed image consists of, beside its manifest. */
export async function blobsOfImage(
  context: PartsContext,
  image: CatalogImage,
): Promise<readonly NewBlob[]> {
  const bytes = await context.readDocument(image.config);
  const { digest } = image.config;
  const blobs: NewBlob[] = [{ ...documentBlob({ digest, bytes }), digest }];
  for (const layer of image.layers) blobs.push(await context.layerBlob(layer));
  return blobs;
}

interface Gathering {
  readonly context: PartsContext;
  readonly manifests: Map<Digest, DocumentPart>;
  readonly blobs: Map<Digest, NewBlob>;
}

async function addNamed(
  gathering: Gathering,
  { digest, bytes }: DocumentPart,
  depth: number,
): Promise<void> {
  if (depth >= MAX_DEPTH) throw manifestError(digest, `it nests deeper than ${MAX_DEPTH} levels`);
  const { manifests, blobs } = readManifestContent(bytes, digest);
  for (const descriptor of blobs) addBlob(gathering, fetchedBlob(gathering.context, descriptor));
  for (const entry of manifests) {
    if (!gathering.manifests.has(entry.digest)) await addManifest(gathering, entry, depth);
  }
}

async function addManifest(gathering: Gathering, entry: Descriptor, depth: number): Promise<void> {
  const { context, manifests } = gathering;
  const { digest, mediaType } = entry;
  const image = context.images.find(({ manifest }) => manifest.digest === digest);
  let bytes: Uint8Array;
  if (image) {
    bytes = await context.readDocument(image.manifest);
    for (const blob of await blobsOfImage(context, image)) addBlob(gathering, blob);
  } else {
    bytes = await fetchDocument(context, entry);
    await addNamed(gathering, { digest, mediaType, bytes }, depth + 1);
  }
  if (manifests.size >= MAX_MANIFESTS) {
    throw manifestError(digest, `its index names more than ${MAX_MANIFESTS} manifests`);
  }
  manifests.set(digest, { digest, mediaType, bytes });
}

function addBlob({ blobs }: Gathering, blob: NewBlob): void {
  if (!blobs.has(blob.digest)) blobs.set(blob.digest, blob);
}

async function fetchDocument(
  { origin, signal }: PartsContext,
  entry: Descriptor,
): Promise<Uint8Array> {
  if (!origin) throw notInstalled(entry);
  return (await origin.registry.fetchDocument(origin.reference, entry, { signal })).bytes;
}

function fetchedBlob({ origin, signal }: PartsContext, descriptor: Descriptor): NewBlob {
  const { digest, sizeBytes } = descriptor;
  if (!origin) throw notInstalled(descriptor);
  const { registry, reference } = origin;
  return { digest, sizeBytes, open: () => registry.openBlob(reference, descriptor, { signal }) };
}

function notInstalled({ digest }: Descriptor): MonoError {
  return new MonoError(
    'EXPORT_NOT_EXACT',
    `Cannot give all platforms: \`${digest}\` is not installed, and nobody can be asked for it`,
    { details: { digest }, hint: 'Leave out `--offline`, or `--all-platforms`.' },
  );
}
