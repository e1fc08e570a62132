import { CID } from 'multiformats/cid';
import type { Digest } from '../../base/digest.js';
import { invariant, isMonoError } from '../../errors.js';
import type { CatalogImage } from '../../image/catalog/catalog-records.js';
import { parseImageConfig, type ImageConfig } from '../../image/image-config.js';
import { readDocument } from '../../image/pull/store-document.js';
import type { ImageDefaults } from '../../project/run/merge-command.js';
import { MappedImages } from '../../rootfs/mapped/mapped-images.js';
import { RootfsCache } from '../../rootfs/rootfs-cache.js';
import type { RootDisk } from '../../vm/root-disk.js';
import type { ImageStore } from './image-store.js';

/** Returns what the configuration of an installed image says about how it is run. */
export async function imageDefaults(images: ImageStore, manifest: Digest): Promise<ImageDefaults> {
  const image = await images.catalog.findImage(manifest);
  invariant(image, 'an image that was just installed is in the catalog');
  const { entrypoint, cmd, env, workingDir, user, stopSignal } = await readImageConfig(
    images,
    image,
  );
  return { entrypoint, cmd, env, workdir: workingDir, user, stopSignal };
}

/** Returns the configuration of an installed image. */
export async function readImageConfig(
  { store }: Pick<ImageStore, 'store'>,
  image: CatalogImage,
): Promise<ImageConfig> {
  const bytes = await readDocument(store, image.config.cid);
  return parseImageConfig(bytes, image.manifest.digest);
}

/**
 * Returns the bootable disk of `root`, made first where the cache lacks it: one that maps the packs of
 * the store; a file of its own where their paths cannot stand in the description of such a disk.
 */
export async function materialise(
  { store }: ImageStore,
  request: { readonly root: string; readonly directory: string; readonly signal: AbortSignal },
): Promise<RootDisk> {
  const { directory, signal } = request;
  const root = CID.parse(request.root);
  try {
    const images = MappedImages.open({ directory, store });
    return { format: 'vmdk', ...(await images.materialise(root, { signal })) };
  } catch (error) {
    if (!isMonoError(error, 'ROOTFS_LIMIT')) throw error;
    const path = await RootfsCache.open({ directory, store }).materialise(root, { signal });
    return { format: 'raw', path };
  }
}
