import type { CID } from 'multiformats/cid';
import type { Digest } from '../../base/digest.js';
import { MonoError } from '../../errors.js';
import type { RegistryClient } from '../../registry/client.js';
import type { Descriptor } from '../../registry/manifest/descriptor.js';
import type { Reference } from '../../registry/reference.js';
import type { NewBlob } from '../../registry/upload/upload-context.js';
import type { BytesReader } from '../../store/ipld-store.js';

/** A layer of an installed image. */
export type InstalledLayer = Descriptor & { readonly diffId: Digest };

/** Where the exact bytes of layers may come from. */
export interface LayerSources {
  readonly store: BytesReader;
  /** Returns the content of a blob that is kept as it came. */
  keptBlob(digest: Digest): Promise<CID | undefined>;
  /** where the image was pulled from, if that is known and may be asked */
  readonly origin:
    | { readonly registry: Pick<RegistryClient, 'openBlob'>; readonly reference: Reference }
    | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Returns a layer with the very bytes that were pulled: as they are kept in the store, or fetched
 * again from where they came. Whatever gives the bytes verifies them.
 *
 * @throws {MonoError} `EXPORT_NOT_EXACT`
 */
export async function exactLayer(sources: LayerSources, layer: InstalledLayer): Promise<NewBlob> {
  const { store, origin, signal } = sources;
  const { digest, sizeBytes } = layer;
  const kept = await sources.keptBlob(digest);
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
      hint: 'Leave out `--offline`, or add `--flatten` to allow one new layer.',
    },
  );
}
