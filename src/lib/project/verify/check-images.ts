import type { CID } from 'multiformats/cid';
import type { Digest } from '../../base/digest.js';
import type { CatalogImage } from '../../image/catalog/catalog-records.js';
import type { ImageCatalog } from '../../image/catalog/image-catalog.js';
import type { BlockReader } from '../../store/ipld-store.js';
import { walkBlocks } from './walk-blocks.js';

/** An image with blocks that are damaged or missing. */
export interface DamagedImage {
  readonly image: CatalogImage;
  /** diffIDs of the layers that cannot be used as they are */
  readonly layers: ReadonlySet<Digest>;
  /** CIDs of the blocks */
  readonly blocks: readonly string[];
}

/** What checking images reads. */
export interface CheckedStore {
  readonly store: Pick<BlockReader, 'getBlock'>;
  readonly catalog: Pick<ImageCatalog, 'rootsOfLayer'>;
}

/**
 * Reads every block of `images` (tree, documents, layers with what is kept of their archives) and
 * returns those that lack something.
 *
 * @throws {MonoError} `CANCELLED`
 */
export async function checkImages(
  images: readonly CatalogImage[],
  { store, catalog }: CheckedStore,
  signal: AbortSignal,
): Promise<DamagedImage[]> {
  const clean = new Set<string>();
  const damaged: DamagedImage[] = [];
  /** What is above a fault is read again, so that each image learns of the faults that it shares. */
  async function faultsBelow(roots: readonly CID[]): Promise<string[]> {
    const faults: string[] = [];
    const seen = new Set<string>();
    await walkBlocks(roots, {
      ...{ store, seen, clean, signal },
      onFault: (cid) => faults.push(cid.toString()),
    });
    if (faults.length === 0) for (const key of seen) clean.add(key);
    return faults;
  }
  for (const image of images) {
    const documents = [
      image.manifest.cid,
      image.config.cid,
      ...(image.index ? [image.index.cid] : []),
    ];
    const blocks = await faultsBelow([image.root, ...documents]);
    const layers = new Set<Digest>();
    for (const layer of image.layers) {
      const faults = await faultsBelow(catalog.rootsOfLayer(layer));
      if (faults.length > 0) layers.add(layer.diffId);
      blocks.push(...faults);
    }
    if (blocks.length > 0) {
      damaged.push({ image, layers, blocks: [...new Set(blocks)].sort() });
    }
  }
  return damaged;
}
