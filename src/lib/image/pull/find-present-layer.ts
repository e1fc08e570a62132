import type { Descriptor } from '../../registry/manifest/descriptor.js';
import type { Digest } from '../../base/digest.js';
import type { CatalogLayer } from '../catalog/catalog-records.js';
import { isKeptExact, type PullContext } from './pull-context.js';

/**
 * Returns a layer that need not be fetched: one that is unpacked, and, where exact bytes are to be
 * kept, one whose blob the store can give out.
 */
export async function findPresentLayer(
  context: Pick<PullContext, 'catalog' | 'keepExact'>,
  { digest, diffId }: Pick<Descriptor, 'digest'> & { readonly diffId: Digest },
): Promise<CatalogLayer | undefined> {
  const { catalog } = context;
  const layer = await catalog.findLayer(diffId);
  if (!layer || !isKeptExact(context, digest)) return layer;
  const isExact = isArchive({ digest, diffId }) && layer.recipe !== undefined;
  return isExact || (await catalog.findBlob(digest)) ? layer : undefined;
}

/** Returns whether the blob of a layer is its archive, not compressed. */
export function isArchive(layer: { readonly digest: Digest; readonly diffId: Digest }): boolean {
  return layer.digest === layer.diffId;
}
