import type { CID } from 'multiformats/cid';
import type { Digest } from '../../base/digest.js';
import { MonoError } from '../../errors.js';
import type { Descriptor } from '../../registry/manifest/descriptor.js';
import type { FetchedDocument } from '../../registry/manifest/fetch-manifest.js';
import type { Platform } from '../../registry/platform.js';
import { formatReference, type Reference } from '../../registry/reference.js';
import type { CatalogImage, CatalogLayer } from '../catalog/catalog-records.js';
import { chainIdOf } from '../chain-id.js';
import { configError, parseImageConfig, type ImageConfig } from '../image-config.js';
import { layerCompression } from '../layer/media-type.js';
import { findPresentLayer } from './find-present-layer.js';
import type { PullContext } from './pull-context.js';
import { readDocument } from './store-document.js';

/** What is to be pulled. */
export interface PullRequest {
  readonly reference: Reference;
  readonly platform: Platform;
  /** manifest that the reference must lead to; if it is installed, the registry is not asked */
  readonly manifestDigest?: Digest | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A layer of the image to pull. */
export interface PlannedLayer extends Descriptor {
  readonly diffId: Digest;
  /** what the store has of it; `undefined`: it must be fetched */
  readonly present: CatalogLayer | undefined;
}

/** A document of the image to pull: fetched when planning, to be stored when pulling. */
export type PlannedDocument = Pick<FetchedDocument, 'digest' | 'mediaType' | 'bytes'>;

/** What a pull would do. */
export interface PullPlan {
  /** with the digest that it led to */
  readonly reference: Reference;
  readonly platform: Platform;
  readonly manifestDigest: Digest;
  readonly indexDigest: Digest | undefined;
  readonly configDigest: Digest;
  readonly config: ImageConfig;
  /** bottom layer first */
  readonly layers: readonly PlannedLayer[];
  readonly chainId: Digest;
  /** the complete tree, if the store has it already */
  readonly root: CID | undefined;
  /** compressed size of what will be fetched, in `bytes` */
  readonly fetchBytes: number;
  /** compressed size of what need not be fetched, in `bytes` */
  readonly reuseBytes: number;
  /** what the registry gave; `undefined`: the image is installed already */
  readonly documents:
    | {
        readonly index: PlannedDocument | undefined;
        readonly manifest: PlannedDocument;
        readonly config: Omit<PlannedDocument, 'mediaType'>;
      }
    | undefined;
}

/**
 * Finds out what pulling an image takes. Reads manifests and the configuration from the registry
 * and changes nothing.
 *
 * @throws {MonoError} `IMAGE_CONFIG_INVALID`, `LAYER_MEDIA_TYPE_UNSUPPORTED`,
 *   `BLOB_DIGEST_MISMATCH` when the reference leads to another manifest than the one asked for;
 *   whatever `RegistryClient.resolve` throws
 */
export async function planPull(context: PullContext, request: PullRequest): Promise<PullPlan> {
  const { manifestDigest } = request;
  const installed = manifestDigest && (await context.catalog.findImage(manifestDigest));
  return installed ? planInstalled(context, request, installed) : planNew(context, request);
}

async function planInstalled(
  context: PullContext,
  request: PullRequest,
  image: CatalogImage,
): Promise<PullPlan> {
  const subject = formatReference(request.reference);
  const config = parseImageConfig(await readDocument(context.store, image.config.cid), subject);
  return {
    reference: request.reference,
    platform: request.platform,
    manifestDigest: image.manifest.digest,
    indexDigest: image.index?.digest,
    configDigest: image.config.digest,
    config,
    ...(await planLayers(context, image.layers)),
    chainId: image.chainId,
    root: image.root,
    documents: undefined,
  };
}

async function planNew(context: PullContext, request: PullRequest): Promise<PullPlan> {
  const { platform, signal } = request;
  const resolved = await context.registry.resolve(request.reference, platform, { signal });
  const { reference, index, manifest } = resolved;
  checkExpected(request, manifest.digest);
  const config = parseImageConfig(resolved.config.bytes, formatReference(reference));
  const described = pairLayers(reference, manifest.parsed.layers, config.diffIds);
  const layers = await planLayers(context, described);
  const chainId = chainIdOf(config.diffIds);
  const isComplete = layers.layers.every(({ present }) => present);
  return {
    reference,
    platform,
    manifestDigest: manifest.digest,
    indexDigest: index?.digest,
    configDigest: resolved.config.digest,
    config,
    ...layers,
    chainId,
    root: isComplete ? await context.catalog.findRoot(chainId) : undefined,
    documents: { index, manifest, config: resolved.config },
  };
}

/** Also refuses layers that cannot be unpacked, before any is fetched. */
function pairLayers(
  reference: Reference,
  layers: readonly Descriptor[],
  diffIds: readonly Digest[],
): (Descriptor & { readonly diffId: Digest })[] {
  if (layers.length !== diffIds.length) {
    throw configError(
      formatReference(reference),
      `it has ${diffIds.length} diffIDs, the manifest has ${layers.length} layers`,
    );
  }
  return layers.map((layer, position) => {
    layerCompression(layer);
    return { ...layer, diffId: diffIds[position] as Digest };
  });
}

async function planLayers(
  context: PullContext,
  described: readonly (Descriptor & { readonly diffId: Digest })[],
): Promise<Pick<PullPlan, 'layers' | 'fetchBytes' | 'reuseBytes'>> {
  const layers: PlannedLayer[] = [];
  const seen = new Set<Digest>();
  let fetchBytes = 0;
  let reuseBytes = 0;
  for (const layer of described) {
    const present = await findPresentLayer(context, layer);
    // A layer that stands in the image twice is fetched once.
    if (present || seen.has(layer.diffId)) reuseBytes += layer.sizeBytes;
    else fetchBytes += layer.sizeBytes;
    seen.add(layer.diffId);
    layers.push({ ...layer, present });
  }
  return { layers, fetchBytes, reuseBytes };
}

function checkExpected(request: PullRequest, actual: Digest): void {
  const { manifestDigest: expected } = request;
  if (expected === undefined || expected === actual) return;
  const reference = formatReference(request.reference);
  throw new MonoError(
    'BLOB_DIGEST_MISMATCH',
    `Cannot pull \`${reference}\`: it leads to the manifest \`${actual}\`, expected is \`${expected}\``,
    { details: { reference, expected, actual } },
  );
}
