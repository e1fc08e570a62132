import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { GcServices } from '../../project/gc/gc-services.js';
import { leftoversIn } from '../../project/gc/leftovers.js';
import { RootLeases } from '../../project/gc/root-leases.js';
import { rootsOfVersions } from '../../project/gc/roots-of-versions.js';
import { stampsDirectory } from '../../project/install/install-stamp.js';
import { openKnownProjects } from '../../project/known-projects.js';
import { MappedImages } from '../../rootfs/mapped/mapped-images.js';
import { RootfsCache } from '../../rootfs/rootfs-cache.js';
import type { Context } from '../context.js';

/** Returns what a collection works on. */
export async function gcServices(context: Context): Promise<GcServices> {
  const { data, cache } = context.directories;
  const { store, catalog } = await context.imageStore('writing');
  const versions = { list: () => context.withVersions((kept) => kept.list()) };
  return {
    store,
    catalog,
    rootfsCache: RootfsCache.open({ directory: context.rootfsDirectory, store }),
    mappedImages: MappedImages.open({ directory: context.rootfsDirectory, store }),
    projects: openKnownProjects(data),
    versions,
    history: { listAll: () => context.withHistory((history) => history.listAll()) },
    rootsInUse: [
      new RootLeases(data),
      { list: async () => (await context.sandboxes()).rootsInUse() },
      rootsOfVersions(store, versions),
    ],
    leftovers: leftoversIn({
      written: [data, cache, stampsDirectory(data)],
      downloads: join(cache, 'downloads'),
    }),
    unsettle: () => rm(stampsDirectory(data), { recursive: true, force: true }),
  };
}
