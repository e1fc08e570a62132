import type { CID } from 'multiformats/cid';
import type { Digest } from '../base/digest.js';
import type { CatalogImage } from '../image/catalog/catalog-records.js';
import type { ImageCatalog } from '../image/catalog/image-catalog.js';
import type { RootfsCache } from '../rootfs/rootfs-cache.js';
import type { GarbageCollected } from '../store/ipld-store.js';
import type { KeptVersion } from './compare/kept-versions.js';
import type { KnownProjects } from './known-projects.js';
import { readProjectIfPresent } from './project-file/project-directory.js';

/** What a collection works on. */
export interface GcServices {
  readonly store: GarbageCollected;
  readonly catalog: Pick<ImageCatalog, 'listImages' | 'findLayer' | 'retainImages'>;
  readonly rootfsCache: Pick<RootfsCache, 'list' | 'retain'>;
  readonly projects: KnownProjects;
  readonly versions: { list(): Promise<readonly KeptVersion[]> };
  /** Makes every next install look again whether it has nothing to do. */
  unsettle(): Promise<void>;
}

/** What a collection removed, or with `dryRun` would remove; `mono gc --json` prints it. */
export interface GcReport {
  readonly dryRun: boolean;
  /** directories of the projects whose lockfiles were kept */
  readonly projects: readonly string[];
  /** manifests of images that no lockfile names any more */
  readonly removedImages: readonly Digest[];
  readonly deletedBlocks: number;
  /** encoded size of the deleted blocks */
  readonly deletedBytes: number;
  /** space that the store gave back */
  readonly reclaimedBytes: number;
  /** space that root filesystem images gave back */
  readonly rootfsBytes: number;
}

/**
 * Deletes what no lockfile of a known project names and no kept version came from: images from the
 * store, and their root filesystems. What is to be kept is read once no other process can write to
 * the store, so an install that runs meanwhile loses nothing.
 *
 * @throws {MonoError} `STORE_LOCKED` while another process writes; `PROJECT_INVALID` and
 *   `LOCKFILE_INVALID` when a project cannot be read, with nothing deleted
 */
export async function collectGarbage(
  services: GcServices,
  options: { readonly dryRun: boolean },
): Promise<GcReport> {
  const { store, catalog, rootfsCache, projects, versions } = services;
  const { dryRun } = options;
  let needs: Needs | undefined;
  async function* roots(): AsyncGenerator<CID> {
    needs = await readNeeds(services, dryRun);
    if (!dryRun) await services.unsettle();
    for (const image of needs.images) yield* rootsOf(image, catalog);
    for (const { cid } of await versions.list()) yield cid;
    // While the store is still locked: a row must never outlive the blocks that it names.
    if (!dryRun) catalog.retainImages(needs.images.map(({ manifest }) => manifest.digest));
  }
  const result = await store.gc(roots(), { dryRun });
  const { images = [], removed = [] } = needs ?? {};
  const keptRoots = images.map(({ root }) => root);
  const rootfsBytes = dryRun
    ? await removableRootfsBytes(rootfsCache, keptRoots)
    : await rootfsCache.retain(keptRoots);
  return {
    dryRun,
    projects: projects.list(),
    removedImages: removed.map(({ manifest }) => manifest.digest),
    deletedBlocks: result.deletedBlocks,
    deletedBytes: result.deletedBytes,
    reclaimedBytes: result.reclaimedBytes,
    rootfsBytes,
  };
}

interface Needs {
  readonly images: readonly CatalogImage[];
  readonly removed: readonly CatalogImage[];
}

async function readNeeds({ catalog, projects }: GcServices, dryRun: boolean): Promise<Needs> {
  const locked = new Set<Digest>();
  for (const directory of projects.list()) {
    const project = await readProjectIfPresent(directory);
    if (!project && !dryRun) projects.forget(directory);
    for (const image of project?.lock.images.values() ?? []) {
      for (const { manifest } of image.platforms.values()) locked.add(manifest);
    }
  }
  const all = catalog.listImages();
  return {
    images: all.filter(({ manifest }) => locked.has(manifest.digest)),
    removed: all.filter(({ manifest }) => !locked.has(manifest.digest)),
  };
}

/** An image's tree, its documents, and its layers, which the next version is likely to share. */
async function* rootsOf(
  image: CatalogImage,
  catalog: Pick<ImageCatalog, 'findLayer'>,
): AsyncGenerator<CID> {
  yield* [image.root, image.manifest.cid, image.config.cid];
  if (image.index) yield image.index.cid;
  for (const { diffId } of image.layers) {
    const layer = await catalog.findLayer(diffId);
    if (layer) yield layer.changeSet;
  }
}

async function removableRootfsBytes(
  cache: Pick<RootfsCache, 'list'>,
  keptRoots: readonly CID[],
): Promise<number> {
  const kept = new Set(keptRoots.map(String));
  const images = await cache.list();
  return images
    .filter(({ root }) => !kept.has(root))
    .reduce((sum, { diskBytes }) => sum + diskBytes, 0);
}
