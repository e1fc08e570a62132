import { mapConcurrent } from '../../base/async.js';
import type { ByteSource } from '../../base/bytes.js';
import type { Digest } from '../../base/digest.js';
import type { BlobProgress } from '../../registry/blob/open-blob.js';
import type { CatalogLayer } from '../catalog/catalog-records.js';
import { applyLayer, type AppliedLayer } from '../layer/apply-layer.js';
import { UNSHARED_DOWNLOADS } from './download/shared-downloads.js';
import { findPresentLayer, isArchive } from './find-present-layer.js';
import { keepWhileRead } from './keep-while-read.js';
import type { PlannedLayer, PullPlan } from './plan-pull.js';
import { isKeptExact, type PullContext } from './pull-context.js';
import type { ExecutePullOptions } from './pull-options.js';
import type { PullProgress } from './pull-progress.js';

/** How many layers are worked on at a time: the default of Docker and containerd. */
export const DEFAULT_LAYER_CONCURRENCY = 3;

/** A layer in the store, and what it took to bring it there. */
export interface UnpackedLayer extends CatalogLayer {
  /** compressed size if it was fetched, 0 if it was there, or another process fetched it */
  readonly fetchedBytes: number;
}

/**
 * Fetches and unpacks the layers of `plan` that are missing, several at a time, and records each as
 * soon as it is durable. The first failure stops the others. Returns all layers by diffID.
 *
 * @throws {MonoError} as `applyLayer` and `RegistryClient.openBlob`
 */
export async function unpackLayers(
  context: PullContext,
  plan: PullPlan,
  options: ExecutePullOptions,
): Promise<ReadonlyMap<Digest, UnpackedLayer>> {
  const layers = new Map<Digest, UnpackedLayer>();
  const missing = new Map<Digest, PlannedLayer>();
  for (const layer of plan.layers) {
    if (layer.present) layers.set(layer.diffId, { ...layer.present, fetchedBytes: 0 });
    else missing.set(layer.diffId, layer);
  }
  const failure = new AbortController();
  const signals = [failure.signal, ...(options.signal ? [options.signal] : [])];
  const task = { context, plan, signal: AbortSignal.any(signals), onProgress: options.onProgress };
  const { concurrency = DEFAULT_LAYER_CONCURRENCY, signal } = options;
  const unpacked = await mapConcurrent(missing.values(), { concurrency, signal }, async (layer) => {
    try {
      return await unpackLayer(task, layer);
    } catch (error) {
      failure.abort();
      throw error;
    }
  });
  for (const layer of unpacked) layers.set(layer.diffId, layer);
  return layers;
}

interface Task {
  readonly context: PullContext;
  readonly plan: PullPlan;
  readonly signal: AbortSignal;
  readonly onProgress: ((event: PullProgress) => void) | undefined;
}

async function unpackLayer(task: Task, layer: PlannedLayer): Promise<UnpackedLayer> {
  const { context, plan, signal, onProgress } = task;
  const { registry, catalog, downloads = UNSHARED_DOWNLOADS } = context;
  const { digest, sizeBytes } = layer;
  onProgress?.({ type: 'layerStarted', digest, sizeBytes });
  const { value, isShared } = await downloads.run<CatalogLayer>({
    descriptor: layer,
    signal,
    find: () => findPresentLayer(context, layer),
    fetch: (prefix) =>
      registry.openBlob(plan.reference, layer, {
        signal,
        prefix,
        onProgress: onProgress && ((event) => onProgress(toPullProgress(event))),
      }),
    use: (blob) => unpack(context, { layer, blob, signal }),
    record: (unpacked) => catalog.addLayer(unpacked),
  });
  const { unpackedBytes, entryCount } = value;
  onProgress?.({ type: 'layerUnpacked', digest, unpackedBytes, entryCount });
  return { ...value, fetchedBytes: isShared ? 0 : sizeBytes };
}

interface Unpacking {
  readonly layer: PlannedLayer;
  readonly blob: ByteSource;
  readonly signal: AbortSignal;
}

async function unpack(
  context: PullContext,
  { layer, blob, signal }: Unpacking,
): Promise<CatalogLayer> {
  const { store, catalog } = context;
  const { digest, diffId, mediaType } = layer;
  const keepExact = isKeptExact(context, digest);
  const keepRecipe = keepExact && isArchive(layer);
  async function apply(source: ByteSource): Promise<AppliedLayer> {
    const description = { digest, diffId, mediaType, blob: source };
    return applyLayer(store, description, { signal, keepRecipe });
  }
  const kept = keepExact && !keepRecipe ? await keepWhileRead(store, blob, apply) : undefined;
  const applied = kept?.value ?? (await apply(blob));
  await store.flush();
  if (kept) catalog.addBlob(digest, kept.content);
  const { changeSet, entryCount, recipe, sizeBytes: unpackedBytes } = applied;
  return { diffId, changeSet, unpackedBytes, entryCount, recipe };
}

function toPullProgress(event: BlobProgress): PullProgress {
  const { digest, receivedBytes, sizeBytes } = event;
  return event.type === 'received'
    ? { type: 'layerReceived', digest, receivedBytes, sizeBytes }
    : { type: 'layerResumed', digest, receivedBytes };
}
