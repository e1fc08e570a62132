import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CID } from 'multiformats/cid';
import type { Digest } from '../../base/digest.js';
import type { CatalogImage } from '../../image/catalog/catalog-records.js';
import { ImageCatalog } from '../../image/catalog/image-catalog.js';
import { CATALOG_MIGRATIONS } from '../../image/catalog/schema.js';
import { pullImage } from '../../image/pull/pull-image.js';
import type { PullContext } from '../../image/pull/pull-context.js';
import { TEMPORARY_PREFIX } from '../../io/atomic-file.js';
import { openDatabase } from '../../io/database.js';
import { ioError } from '../../io/io-error.js';
import { parsePlatform } from '../../registry/platform.js';
import { PackedFsStore } from '../../store/backends/packed-fs-store.js';
import type { BlockReader } from '../../store/ipld-store.js';
import type { CheckedStore, DamagedImage } from './check-images.js';
import type { ImageOrigin } from './image-references.js';
import { walkBlocks } from './walk-blocks.js';

/** Where good copies come from. */
export interface CopySource extends Pick<CheckedStore, 'store'> {
  readonly catalog: Pick<ImageCatalog, 'findLayer' | 'rootsOfLayer'>;
  readonly registry: PullContext['registry'];
  /** directory for the store of copies */
  readonly directory: string;
  readonly signal: AbortSignal;
  onFetch?(fetchedBytes: number): void;
}

/** A damaged image and where it came from. */
export interface PullableImage extends DamagedImage {
  readonly origin: ImageOrigin;
}

/** What was fetched for a repair. */
export interface PulledCopies {
  readonly store: BlockReader;
  /** what images and their layers are found by in it, and what was damaged of them */
  readonly roots: readonly CID[];
  /** compressed size of the layers that were fetched */
  readonly fetchedBytes: number;
}

/**
 * Pulls the damaged layers of `images` again into a store of their own, which is handed to `use` and
 * deleted after it; their archives too where those are kept. Of the layers that are good only the
 * nodes are copied there, which is what building the trees anew takes.
 *
 * @throws {MonoError} as `pullImage` and as `use`
 */
export async function withPulledCopies<T>(
  images: readonly PullableImage[],
  source: CopySource,
  use: (copies: PulledCopies) => Promise<T>,
): Promise<T> {
  const scratch = await makeScratch(source.directory);
  const store = await PackedFsStore.open({ path: join(scratch, 'store') });
  const catalog = new ImageCatalog(
    openDatabase(join(scratch, 'images.db'), CATALOG_MIGRATIONS),
    store,
  );
  try {
    const context = { store, catalog, registry: source.registry };
    let fetchedBytes = 0;
    for (const image of images) {
      if (await isCovered(image, store, source)) continue;
      fetchedBytes += await pullAgain(image, context, source);
      await store.flush();
    }
    const faults = images.flatMap(({ blocks }) => blocks.map((text) => CID.parse(text)));
    return await use({ store, roots: [...catalog.roots(), ...faults], fetchedBytes });
  } finally {
    catalog.close();
    await store.close();
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Layers share blocks: what one image needs may have come with another one. */
async function isCovered(
  { blocks }: DamagedImage,
  copies: BlockReader,
  { store, signal }: CopySource,
): Promise<boolean> {
  let isWhole = blocks.length > 0;
  const both = {
    getBlock: async (cid: CID) => ((await copies.has(cid)) ? copies : store).getBlock(cid),
  };
  const roots = blocks.map((text) => CID.parse(text));
  await walkBlocks(roots, {
    ...{ store: both, seen: new Set(), signal },
    onFault() {
      isWhole = false;
    },
  });
  return isWhole;
}

async function pullAgain(
  { image, layers, origin }: PullableImage,
  context: PullContext,
  source: CopySource,
): Promise<number> {
  const { signal } = source;
  for (const { diffId } of image.layers) {
    const layer = layers.has(diffId) ? undefined : await source.catalog.findLayer(diffId);
    if (!layer) continue;
    await walkBlocks([layer.changeSet], {
      ...{ store: source.store, seen: new Set(), signal, nodesOnly: true },
      onBlock: (cid, bytes) => context.store.putBlock(cid, bytes),
    });
    await context.store.flush();
    context.catalog.addLayer(layer);
  }
  const keepExact = keptBlobs(image, layers, source);
  const pulled = await pullImage(
    { ...context, keepExact },
    {
      reference: origin.reference,
      platform: parsePlatform(image.platform),
      expected: { manifestDigest: image.manifest.digest, root: image.root },
      signal,
    },
  );
  source.onFetch?.(pulled.sizes.fetchedBytes);
  return pulled.sizes.fetchedBytes;
}

/** Of what is fetched again, those blobs whose archives the store was able to give out. */
function keptBlobs(
  { layers }: CatalogImage,
  damaged: ReadonlySet<Digest>,
  { catalog }: CopySource,
): ReadonlySet<Digest> {
  const kept = layers.filter(
    (layer) => damaged.has(layer.diffId) && catalog.rootsOfLayer(layer).length > 1,
  );
  return new Set(kept.map(({ digest }) => digest));
}

async function makeScratch(directory: string): Promise<string> {
  try {
    return await mkdtemp(join(directory, `${TEMPORARY_PREFIX}repair-`));
  } catch (error) {
    throw ioError(error, 'create a directory in', directory);
  }
}
