import { redact } from '../../base/redact.js';
import { MonoError } from '../../errors.js';
import { readDocument } from '../../image/pull/store-document.js';
import { exactLayer, type LayerSources } from '../../image/push/exact-layer.js';
import type { ImageParts } from '../../image/push/image-parts.js';
import { partsOfImage } from '../../image/push/parts-of-image.js';
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
 * @throws {MonoError} `USAGE_INVALID` for all platforms of a version; as `partsOfImage` and `makeImage`
 */
export async function partsOfTree(
  services: TransferServices,
  found: FoundTree,
  options: TransferOptions,
): Promise<TreeParts> {
  const { places, store } = services;
  const located = await locateImage(found, places);
  assertChoice(found, options);
  const sources = await layerSources(services, located, options);
  const { origin, signal } = sources;
  const context = {
    ...{ store, origin, signal, images: places.images },
    readDocument: ({ cid }) => readDocument(store, cid),
    layerBlob: (layer) => exactLayer(sources, layer),
  } satisfies Parameters<typeof partsOfImage>[0] & Parameters<typeof makeImage>[0];
  if (located?.isSame && !options.flatten) {
    // A version is one tree: what else the index of its image names is not meant.
    const choice = found.version === undefined ? options.platforms : 'one';
    const parts = await partsOfImage(context, located.image, choice);
    return { parts, located, isExact: true };
  }
  const { platform } = places;
  const request = { root: found.root, base: located?.image, platform, isFlat: options.flatten };
  return { parts: await makeImage(context, request), located, isExact: false };
}

function assertChoice({ target, version }: FoundTree, { platforms }: TransferOptions): void {
  if (platforms !== 'all' || version === undefined) return;
  throw new MonoError(
    'USAGE_INVALID',
    `Cannot give all platforms of \`${redact(target)}\`: a version is one tree`,
    { hint: 'Leave out `--all-platforms`.' },
  );
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
