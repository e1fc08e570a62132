import { CID } from 'multiformats/cid';
import type { Digest } from '../../base/digest.js';
import { invariant } from '../../errors.js';
import type { CatalogImage } from '../../image/catalog/catalog-records.js';
import { parseImageConfig, type ImageConfig } from '../../image/image-config.js';
import { readDocument } from '../../image/pull/store-document.js';
import type { ImageDefaults } from '../../project/run/merge-command.js';
import { RootfsCache } from '../../rootfs/rootfs-cache.js';
import type { ImageStore } from './image-store.js';

/** Returns what the configuration of an installed image says about how it is run. */
export async function imageDefaults(images: ImageStore, manifest: Digest): Promise<ImageDefaults> {
  const image = await images.catalog.findImage(manifest);
  invariant(image, 'an image that was just installed is in the catalog');
  const { entrypoint, cmd, env, workingDir, user } = await readImageConfig(images, image);
  return { entrypoint, cmd, env, workdir: workingDir, user };
}

/** Returns the configuration of an installed image. */
export async function readImageConfig(
  { store }: Pick<ImageStore, 'store'>,
  image: CatalogImage,
): Promise<ImageConfig> {
  const bytes = await readDocument(store, image.config.cid);
  return parseImageConfig(bytes, image.manifest.digest);
}

/** Returns the path of the bootable image of `root`, written first where the cache lacks it. */
export async function materialise(
  { store }: ImageStore,
  request: { readonly root: string; readonly directory: string; readonly signal: AbortSignal },
): Promise<string> {
  const cache = RootfsCache.open({ directory: request.directory, store });
  return cache.materialise(CID.parse(request.root), { signal: request.signal });
}
