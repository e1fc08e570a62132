import type { CID } from 'multiformats/cid';
import type { Digest } from '../../base/digest.js';
import { invariant, isMonoError, MonoError } from '../../errors.js';
import { flatten } from '../../fs/change-set/flatten.js';
import { formatPlatform, type Platform } from '../../registry/platform.js';
import { formatReference, type Reference } from '../../registry/reference.js';
import type { CatalogLayer } from '../catalog/catalog-records.js';
import type { ImageConfig } from '../image-config.js';
import { planPull, type PullPlan } from './plan-pull.js';
import type { PullContext } from './pull-context.js';
import type { ExecutePullOptions } from './pull-options.js';
import { storeDocument } from './store-document.js';
import { unpackLayers, type UnpackedLayer } from './unpack-layers.js';

/** What is to be pulled, and how. */
export interface PullOptions extends ExecutePullOptions {
  readonly reference: Reference;
  readonly platform: Platform;
  /** what a lock says that the reference leads to */
  readonly expected?:
    { readonly manifestDigest?: Digest | undefined; readonly root?: CID | undefined } | undefined;
}

/** A layer of a pulled image. */
export interface PulledLayer {
  readonly digest: Digest;
  readonly diffId: Digest;
  readonly mediaType: string;
  /** compressed, in `bytes` */
  readonly sizeBytes: number;
  readonly changeSet: CID;
}

/** An image whose complete tree is in the store. */
export interface PulledImage {
  /** with the digest that it led to */
  readonly reference: Reference;
  readonly indexDigest: Digest | undefined;
  readonly manifestDigest: Digest;
  readonly configDigest: Digest;
  readonly config: ImageConfig;
  /** bottom layer first */
  readonly layers: readonly PulledLayer[];
  readonly root: CID;
  readonly sizes: {
    /** compressed size of the layers that were fetched, in `bytes` */
    readonly fetchedBytes: number;
    /** compressed size of the layers that were there already, in `bytes` */
    readonly reusedBytes: number;
  };
}

/**
 * Brings an image into the store and the catalog, and returns it. Idempotent: what is there is not
 * fetched again. A failure leaves complete layers behind for the next run, and nothing else that
 * can be seen.
 *
 * @throws {MonoError} as {@link planPull} and {@link executePull}; `LOCKFILE_ROOT_MISMATCH` when the
 *   tree has another root than expected
 */
export async function pullImage(context: PullContext, options: PullOptions): Promise<PulledImage> {
  const { reference, platform, expected, signal } = options;
  const manifestDigest = expected?.manifestDigest;
  const plan = await planPull(context, { reference, platform, manifestDigest, signal });
  const image = await executePull(context, plan, options);
  if (expected?.root && !expected.root.equals(image.root)) throw otherRoot(image, expected.root);
  return image;
}

/**
 * Does what `plan` says: fetches and unpacks the layers that are missing, several at a time, and
 * stacks them in the manifest's order.
 *
 * @throws {MonoError} as `applyLayer` and `RegistryClient.openBlob`; `LAYER_INVALID` when a layer
 *   links to a file that no lower layer has; whatever store and catalog throw
 */
export async function executePull(
  context: PullContext,
  plan: PullPlan,
  options: ExecutePullOptions = {},
): Promise<PulledImage> {
  options.onProgress?.({ type: 'planned', plan });
  const unpacked = await unpackLayers(context, plan, options);
  const layers = plan.layers.map(({ diffId }) => known(unpacked, diffId));
  const root = plan.root ?? (await stack(context, plan, layers));
  if (plan.documents) await record(context, { ...plan, documents: plan.documents, root }, layers);
  options.onProgress?.({ type: 'pulled', root });
  const { reference, indexDigest, manifestDigest, configDigest, config } = plan;
  return {
    reference,
    indexDigest,
    manifestDigest,
    configDigest,
    config,
    layers: plan.layers.map(({ digest, diffId, mediaType, sizeBytes }) => {
      const { changeSet } = known(unpacked, diffId);
      return { digest, diffId, mediaType, sizeBytes, changeSet };
    }),
    root,
    sizes: sizesOf(plan, unpacked),
  };
}

/** What another process fetched meanwhile is reused. */
function sizesOf(
  plan: PullPlan,
  unpacked: ReadonlyMap<Digest, UnpackedLayer>,
): PulledImage['sizes'] {
  const fetchedBytes = [...unpacked.values()].reduce((sum, layer) => sum + layer.fetchedBytes, 0);
  return { fetchedBytes, reusedBytes: plan.fetchBytes + plan.reuseBytes - fetchedBytes };
}

async function stack(
  { store }: PullContext,
  plan: PullPlan,
  layers: readonly CatalogLayer[],
): Promise<CID> {
  try {
    return await flatten(
      store,
      layers.map(({ changeSet }) => changeSet),
    );
  } catch (error) {
    if (!isMonoError(error) || !error.code.startsWith('FS_')) throw error;
    const reference = formatReference(plan.reference);
    throw new MonoError(
      'LAYER_INVALID',
      `Cannot stack the layers of \`${reference}\`: ${error.message}`,
      {
        details: { reference, ...error.details },
        cause: error,
      },
    );
  }
}

type RecordedPlan = PullPlan & {
  readonly documents: NonNullable<PullPlan['documents']>;
  readonly root: CID;
};

async function record(
  { store, catalog }: PullContext,
  plan: RecordedPlan,
  layers: readonly CatalogLayer[],
): Promise<void> {
  const { documents, chainId, root } = plan;
  const manifest = await storeDocument(store, documents.manifest);
  const config = await storeDocument(store, documents.config);
  const index = documents.index && (await storeDocument(store, documents.index));
  await store.flush();
  const image = {
    manifest,
    manifestMediaType: documents.manifest.mediaType,
    index,
    config,
    platform: formatPlatform(plan.platform),
    chainId,
    layers: plan.layers,
    root,
  };
  catalog.addImage(image, layers);
}

function known(layers: ReadonlyMap<Digest, UnpackedLayer>, diffId: Digest): UnpackedLayer {
  const layer = layers.get(diffId);
  invariant(layer, 'a layer of the plan was not unpacked');
  return layer;
}

function otherRoot(image: PulledImage, expected: CID): MonoError {
  const reference = formatReference(image.reference);
  const actual = image.root.toString();
  return new MonoError(
    'LOCKFILE_ROOT_MISMATCH',
    `Cannot use \`${reference}\`: its tree is \`${actual}\`, locked is \`${expected.toString()}\``,
    { details: { reference, expected: expected.toString(), actual } },
  );
}
