import { rm } from 'node:fs/promises';
import { stampsDirectory } from '../../project/install/install-stamp.js';
import { imageOrigins } from '../../project/verify/image-references.js';
import { withPulledCopies } from '../../project/verify/pull-copies.js';
import type { VerifyServices } from '../../project/verify/verify.js';
import { MappedImages } from '../../rootfs/mapped/mapped-images.js';
import { RootfsCache } from '../../rootfs/rootfs-cache.js';
import type { Context } from '../context.js';
import { knownImages } from './inspect-services.js';

/** Returns what a verification works on. The store is open for writing: nobody may collect meanwhile. */
export async function verifyServices(context: Context): Promise<VerifyServices> {
  const { data, cache } = context.directories;
  const { store, catalog } = await context.imageStore('writing');
  const { projects } = await knownImages(context);
  const changes = await context.withHistory((history) => history.listAll());
  const { signal } = context;
  return {
    store,
    catalog,
    origins: await imageOrigins(projects, changes),
    rootfs: {
      cache: RootfsCache.open({ directory: context.rootfsDirectory, store }),
      mapped: MappedImages.open({ directory: context.rootfsDirectory, store }),
      directory: cache,
    },
    signal,
    pullCopies: async (images, use) => {
      const registry = await context.registryClient();
      const source = { store, catalog, registry, directory: data, signal };
      return withPulledCopies(images, source, use);
    },
    unsettle: () => rm(stampsDirectory(data), { recursive: true, force: true }),
  };
}
