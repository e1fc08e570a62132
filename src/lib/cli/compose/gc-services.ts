import { rm } from 'node:fs/promises';
import { stampsDirectory } from '../../project/install/install-stamp.js';
import type { GcServices } from '../../project/gc.js';
import { openKnownProjects } from '../../project/known-projects.js';
import { RootfsCache } from '../../rootfs/rootfs-cache.js';
import type { Context } from '../context.js';

/** Returns what a collection works on. */
export async function gcServices(context: Context): Promise<GcServices> {
  const { store, catalog } = await context.imageStore('writing');
  const rootfsCache = RootfsCache.open({ directory: context.rootfsDirectory, store });
  const projects = openKnownProjects(context.directories.data);
  const versions = { list: () => context.withVersions((kept) => kept.list()) };
  const stamps = stampsDirectory(context.directories.data);
  return {
    ...{ store, catalog, rootfsCache, projects, versions },
    unsettle: () => rm(stamps, { recursive: true, force: true }),
  };
}
