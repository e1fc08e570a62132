import { readDocument } from '../../image/pull/store-document.js';
import { exactLayer, type LayerSources } from '../../image/push/exact-layer.js';
import { partsOfImage, type ImageParts } from '../../image/push/image-parts.js';
import { makeImage } from '../../image/push/made-image.js';
import type { FoundTree } from '../compare/find-tree.js';
import { locateImage, type LocatedImage } from './locate-image.js';
import type { TransferOptions, TransferServices } from './transfer-services.js';

/** An image to be written somewhere, and the one in the store that it is or came from. */
export interface TreeParts {
  readonly parts: ImageParts;
  readonly located: LocatedImage | undefined;
  /** whether every byte is as it was pulled */
  readonly isExact: boolean;
}

/**
 * Returns a tree as an image: the one that it is, byte by byte; or, for a version that is none, one
 * that is made of it.
 *
 * @throws {MonoError} `EXPORT_NOT_EXACT`; as `makeImage`
 */
export async function partsOfTree(
  services: TransferServices,
  found: FoundTree,
  options: TransferOptions,
): Promise<TreeParts> {
  const { places, store } = services;
  const located = await locateImage(found, places);
  const sources = await layerSources(services, located, options);
  const context = {
    store,
    images: places.images,
    readDocument: ({ cid }) => readDocument(store, cid),
    layerBlob: (layer) => exactLayer(sources, layer),
  } satisfies Parameters<typeof partsOfImage>[0] & Parameters<typeof makeImage>[0];
  if (located?.isSame && !options.flatten) {
    // A version is one tree: what else the index of its image names is not meant.
    const isAlone = options.isAlone || found.version !== undefined;
    const parts = await partsOfImage(context, located.image, { isAlone });
    return { parts, located, isExact: true };
  }
  const { platform } = places;
  const request = { root: found.root, base: located?.image, platform, isFlat: options.flatten };
  return { parts: await makeImage(context, request), located, isExact: false };
}

async function layerSources(
  services: TransferServices,
  located: LocatedImage | undefined,
  { offline }: TransferOptions,
): Promise<LayerSources> {
  const { store, catalog, signal } = services;
  const reference = located?.reference;
  const mayAsk = reference !== undefined && !offline;
  return {
    store,
    catalog,
    origin: mayAsk ? { registry: await services.registry(), reference } : undefined,
    signal,
  };
}
