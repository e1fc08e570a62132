import type { CID } from 'multiformats/cid';
import type { Digest } from '../../base/digest.js';
import type { CatalogImage, CatalogLayer } from '../../image/catalog/catalog-records.js';
import type { RecordedChange } from '../history/history-log.js';
import { lockedImageOf } from '../history/image-state.js';
import type { LockedImage } from '../lockfile/lockfile.js';
import { readProjectIfPresent } from '../project-file/project-directory.js';
import type { GcPolicy, GcServices } from './gc-services.js';

/** How long what an unfinished install has fetched stays when nobody says otherwise, in `ms`. */
export const UNFINISHED_GRACE_MS = 86_400_000;

/** What a collection keeps, and what it does not. */
export interface GcNeeds {
  readonly images: readonly CatalogImage[];
  readonly removed: readonly CatalogImage[];
  /** layers of installs that did not come to their end */
  readonly looseLayers: readonly CatalogLayer[];
}

/**
 * Returns which images are needed: by a lockfile of a known project, by a machine that runs, by the
 * history as far as `policy` says, or because they were touched lately.
 *
 * @throws {MonoError} `PROJECT_INVALID`, `LOCKFILE_INVALID` when a project cannot be read
 */
export async function readNeeds(services: GcServices, policy: GcPolicy): Promise<GcNeeds> {
  const { graceMs } = policy;
  const now = Date.now();
  const manifests = await lockedManifests(services, policy);
  const roots = await rootsOfMachines(services);
  const touched = graceMs === undefined ? Infinity : now - graceMs;
  const used = [...(await services.rootfsCache.list()), ...(await services.mappedImages.list())];
  for (const { root, lastUsed } of used) {
    if (lastUsed.getTime() >= touched) roots.add(root);
  }
  function isNeeded({ manifest, root, addedAt }: CatalogImage): boolean {
    return manifests.has(manifest.digest) || roots.has(root.toString()) || addedAt >= touched;
  }
  const all = services.catalog.listImages();
  return {
    images: all.filter(isNeeded),
    removed: all.filter((image) => !isNeeded(image)),
    looseLayers: services.catalog.listLooseLayers(now - (graceMs ?? UNFINISHED_GRACE_MS)),
  };
}

/** Yields what of the store the needs lead to. */
export async function* rootsOfNeeds(
  needs: GcNeeds,
  catalog: GcServices['catalog'],
): AsyncGenerator<CID> {
  for (const image of needs.images) yield* rootsOf(image, catalog);
  for (const layer of needs.looseLayers) yield* rootsOfLayer(layer);
}

async function lockedManifests(services: GcServices, policy: GcPolicy): Promise<Set<Digest>> {
  const locked: LockedImage[] = [];
  for (const directory of services.projects.list()) {
    const project = await readProjectIfPresent(directory);
    locked.push(...(project?.lock.images.values() ?? []));
  }
  const changes = policy.keepVersions === 0 ? [] : await services.history.listAll();
  locked.push(...earlierVersions(changes, policy.keepVersions));
  return new Set(
    locked.flatMap(({ platforms }) => [...platforms.values()].map(({ manifest }) => manifest)),
  );
}

/** The last `count` versions before the present one, of each image that its project still has. */
function earlierVersions(changes: readonly RecordedChange[], count: number): LockedImage[] {
  const byImage = new Map<string, string[]>();
  for (const { directory, name, entry } of changes) {
    const key = JSON.stringify([directory, name]);
    if (entry === null) byImage.delete(key);
    else byImage.set(key, [...(byImage.get(key) ?? []), entry]);
  }
  return [...byImage.values()].flatMap((entries) => {
    const earlier = [...new Set(entries.slice(0, -1).reverse())];
    return earlier.slice(0, count).map(lockedImageOf);
  });
}

async function rootsOfMachines({ rootsInUse }: GcServices): Promise<Set<string>> {
  const lists = await Promise.all(rootsInUse.map((source) => source.list()));
  return new Set(lists.flat());
}

/** An image's tree, its documents, and its layers, which the next version is likely to share. */
async function* rootsOf(image: CatalogImage, catalog: GcServices['catalog']): AsyncGenerator<CID> {
  yield* [image.root, image.manifest.cid, image.config.cid];
  if (image.index) yield image.index.cid;
  for (const { diffId, digest } of image.layers) {
    const layer = await catalog.findLayer(diffId);
    if (layer) yield* rootsOfLayer(layer);
    const blob = await catalog.findBlob(digest);
    if (blob) yield blob;
  }
}

function rootsOfLayer({ changeSet, recipe }: CatalogLayer): CID[] {
  return recipe ? [changeSet, recipe] : [changeSet];
}
