import type { ImportServices } from '../../project/transfer/import-image.js';
import type { TransferServices } from '../../project/transfer/transfer-services.js';
import type { Platform } from '../../registry/platform.js';
import type { Context } from '../context.js';
import { treePlaces } from './tree-places.js';

/** Returns what taking images out of the store works with. */
export async function transferServices(
  context: Context,
  platform?: string,
): Promise<TransferServices> {
  const { store, catalog } = await context.imageStore('writing');
  return {
    places: await treePlaces(context, platform),
    store,
    catalog,
    registry: () => context.registryClient(),
    signal: context.signal,
  };
}

/** What an import works with, and what the command line leaves to it. */
export interface ImportSetup extends ImportServices {
  readonly platform: Platform;
  readonly takenNames: readonly string[];
}

/** Returns what bringing images into the store from files works with. */
export async function importServices(context: Context, platform?: string): Promise<ImportSetup> {
  const { store, catalog } = await context.imageStore('writing');
  const { projects } = await treePlaces(context, platform);
  return {
    store,
    catalog,
    keep: (name, cid) => context.withVersions((kept) => kept.keep(name, cid)),
    signal: context.signal,
    platform: context.platform(platform),
    takenNames: projects.flatMap(({ file }) => [...file.images.keys()]),
  };
}
