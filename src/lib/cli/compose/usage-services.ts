import { join } from 'node:path';
import type { UsageServices } from '../../project/usage/disk-usage.js';
import { imageOrigins } from '../../project/verify/image-references.js';
import { MappedImages } from '../../rootfs/mapped/mapped-images.js';
import { RootfsCache } from '../../rootfs/rootfs-cache.js';
import type { Context } from '../context.js';
import { knownImages } from './inspect-services.js';

/** Returns what counting disk usage works on. */
export async function usageServices(context: Context): Promise<UsageServices> {
  const { data, cache } = context.directories;
  const { store, catalog } = await context.openedImages();
  const { projects } = await knownImages(context);
  const place = { directory: context.rootfsDirectory, store };
  const whole = RootfsCache.open(place);
  const mapped = MappedImages.open(place);
  const changes = await context.withHistory((history) => history.listAll());
  return {
    store,
    catalog,
    versions: await context.withVersions((kept) => kept.list()),
    origins: await imageOrigins(projects, changes),
    rootfs: {
      list: async () => [...(await whole.list()), ...(await mapped.list())],
    },
    storeDirectory: join(data, 'store'),
    downloadsDirectory: join(cache, 'downloads'),
    signal: context.signal,
  };
}
