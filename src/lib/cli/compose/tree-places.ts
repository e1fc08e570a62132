import type { TreePlaces } from '../../project/compare/find-tree.js';
import type { MergeServices } from '../../project/compare/merge-versions.js';
import { readProjectIfPresent } from '../../project/project-file/project-directory.js';
import type { Context } from '../context.js';

/** Returns where the trees that a command names are looked for. */
export async function treePlaces(context: Context, platform?: string): Promise<TreePlaces> {
  const nearest = await context.nearestProject();
  const directories = [nearest, context.globalProject].filter((it) => it !== undefined);
  const projects = await Promise.all(directories.map(readProjectIfPresent));
  const { store, catalog } = await context.openedImages();
  return {
    projects: projects.filter((project) => project !== undefined),
    images: catalog.listImages(),
    versions: await context.withVersions((kept) => kept.list()),
    platform: context.platform(platform),
    store,
  };
}

/** Returns what a merge writes to. */
export async function mergeServices(context: Context): Promise<MergeServices> {
  const { store } = await context.imageStore('writing');
  return { store, keep: (name, cid) => context.withVersions((kept) => kept.keep(name, cid)) };
}
