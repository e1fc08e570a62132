import type { Digest } from '../../base/digest.js';
import { MonoError } from '../../errors.js';
import type { Descriptor } from '../../registry/manifest/descriptor.js';
import type { NewBlob } from '../../registry/upload/upload-context.js';
import type { BytesReader, NodeReader } from '../../store/ipld-store.js';
import type { ImageCatalog } from '../catalog/image-catalog.js';
import { isArchive } from '../pull/find-present-layer.js';
import { recreateLayer } from '../recipe/recreate-layer.js';
import type { ImageOrigin } from './image-origin.js';

/** A layer of an installed image. */
export type InstalledLayer = Descriptor & { readonly diffId: Digest };

/** Where the exact bytes of layers may come from. */
export interface LayerSources {
  readonly store: BytesReader & NodeReader;
  readonly catalog: Pick<ImageCatalog, 'findBlob' | 'findLayer'>;
  /** where the image was pulled from, if that is known and may be asked */
  readonly origin: ImageOrigin | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Returns a layer with the very bytes that were pulled: made from its recipe, as they are kept in the
 * store, or fetched again from where they came. Whatever gives the bytes verifies them.
 *
 * @throws {MonoError} `EXPORT_NOT_EXACT`
 */
export async function exactLayer(sources: LayerSources, layer: InstalledLayer): Promise<NewBlob> {
  const { store, catalog, origin, signal } = sources;
  const { digest, sizeBytes } = layer;
  const recipe = isArchive(layer) ? (await catalog.findLayer(layer.diffId))?.recipe : undefined;
  if (recipe) return { digest, sizeBytes, open: () => recreateLayer(store, recipe) };
  const kept = await catalog.findBlob(digest);
  if (kept) return { digest, sizeBytes, open: () => store.getBytes(kept) };
  if (!origin) throw notExact(layer);
  const { registry, reference } = origin;
  return { digest, sizeBytes, open: () => registry.openBlob(reference, layer, { signal }) };
}

function notExact({ digest }: InstalledLayer): MonoError {
  return new MonoError(
    'EXPORT_NOT_EXACT',
    `Cannot give layer \`${digest}\` byte for byte: its compressed form is not kept, and nobody can be asked for it`,
    {
      details: { digest },
      hint: 'Leave out `--offline`, or add `--flatten` to allow one new layer. `mono install --keep-blobs` keeps what it fetches for this.',
    },
  );
}
