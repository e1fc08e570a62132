import { CID } from 'multiformats/cid';
import type { Digest } from '../../base/digest.js';
import { readProjectIfPresent } from '../project-file/project-directory.js';
import { readNeeds, rootsOfNeeds, UNFINISHED_GRACE_MS, type GcNeeds } from './gc-needs.js';
import type { GcPolicy, GcServices } from './gc-services.js';

/** What a collection removed, or with `dryRun` would remove; `mono gc --json` prints it. */
export interface GcReport {
  readonly dryRun: boolean;
  /** directories of the projects whose lockfiles were kept */
  readonly projects: readonly string[];
  /** manifests of images that nothing needs any more */
  readonly removedImages: readonly Digest[];
  readonly deletedBlocks: number;
  /** encoded size of the deleted blocks */
  readonly deletedBytes: number;
  /** space that the store gave back */
  readonly reclaimedBytes: number;
  /** space that root filesystem images gave back */
  readonly rootfsBytes: number;
  /** space that unfinished downloads and temporary files gave back */
  readonly leftoverBytes: number;
}

/**
 * Deletes what no lockfile of a known project names, no machine runs from, no kept version came
 * from, and neither history nor grace period of `options` keep: images from the store, their root
 * filesystems, and what commands that did not come to their end have left. What is to be kept is
 * read once no other process can write to the store, so an install that runs meanwhile loses
 * nothing. With `dryRun` nothing is deleted, and the report says what would be, to the byte.
 *
 * @throws {MonoError} `STORE_LOCKED` while another process writes; `PROJECT_INVALID` and
 *   `LOCKFILE_INVALID` when a project cannot be read, with nothing deleted
 */
export async function collectGarbage(
  services: GcServices,
  options: GcPolicy & { readonly dryRun: boolean },
): Promise<GcReport> {
  const { store, catalog, rootfsCache, mappedImages, projects, versions, leftovers } = services;
  const { dryRun } = options;
  const graceMs = options.graceMs ?? UNFINISHED_GRACE_MS;
  const abandoned = await leftovers.list(Date.now() - graceMs);
  let needs: GcNeeds = { images: [], removed: [], looseLayers: [] };
  async function* roots(): AsyncGenerator<CID> {
    needs = await readNeeds(services, options);
    yield* rootsOfNeeds(needs, catalog);
    for (const { cid } of await versions.list()) yield cid;
    for (const root of await leasedRoots(services)) yield root;
    if (!dryRun) await forget(services, needs);
  }
  async function mappedFiles(): Promise<ReadonlySet<string>> {
    const running = await leasedRoots(services);
    return mappedImages.packsOf(new Set(running.map((root) => root.toString())));
  }
  const result = await store.gc(roots(), { dryRun, mappedFiles });
  const keptRoots = [...needs.images.map(({ root }) => root), ...(await leasedRoots(services))];
  return {
    dryRun,
    projects: projects.list(),
    removedImages: needs.removed.map(({ manifest }) => manifest.digest),
    deletedBlocks: result.deletedBlocks,
    deletedBytes: result.deletedBytes,
    reclaimedBytes: result.reclaimedBytes,
    rootfsBytes:
      (await rootfsCache.retain(keptRoots, { dryRun })) +
      (await mappedImages.retain(keptRoots, { dryRun })),
    leftoverBytes: dryRun
      ? abandoned.reduce((sum, { diskBytes }) => sum + diskBytes, 0)
      : await leftovers.remove(abandoned),
  };
}

/**
 * Forgets what will be gone, while the store is still locked: a row must never outlive the blocks
 * that it names. Projects whose files are gone are forgotten too.
 */
async function forget(services: GcServices, needs: GcNeeds): Promise<void> {
  const { catalog, projects } = services;
  await services.unsettle();
  for (const directory of projects.list()) {
    if (!(await readProjectIfPresent(directory))) projects.forget(directory);
  }
  catalog.retainImages(
    needs.images.map(({ manifest }) => manifest.digest),
    needs.looseLayers.map(({ diffId }) => diffId),
  );
}

async function leasedRoots({ rootsInUse }: GcServices): Promise<CID[]> {
  const lists = await Promise.all(rootsInUse.map((source) => source.list()));
  return lists.flat().map((root) => CID.parse(root));
}
