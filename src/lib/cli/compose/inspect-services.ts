import type { CatalogImage } from '../../image/catalog/catalog-records.js';
import type { InspectServices } from '../../project/inspect/inspect.js';
import { openKnownProjects } from '../../project/known-projects.js';
import type { Context } from '../context.js';
import { readImageConfig } from './installed-image.js';

/** Returns what inspecting asks of the store. */
export function inspectServices(context: Context, platform?: string): InspectServices {
  return {
    platform: context.platform(platform),
    findImage: async (manifest) => (await context.openedImages()).catalog.findImage(manifest),
    readConfig: async (image) => readImageConfig(await context.openedImages(), image),
  };
}

/** Returns the projects of this machine and all images in the store. */
export async function knownImages(
  context: Context,
): Promise<{ projects: readonly string[]; images: readonly CatalogImage[] }> {
  const known = openKnownProjects(context.directories.data);
  const projects = known.list();
  known.close();
  return { projects, images: (await context.openedImages()).catalog.listImages() };
}
