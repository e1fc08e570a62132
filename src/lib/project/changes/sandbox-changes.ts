import { CID } from 'multiformats/cid';
import { isMonoError } from '../../errors.js';
import { flatten } from '../../fs/change-set/flatten.js';
import { importUpperTar } from '../../image/import/import-upper-tar.js';
import type { ContentStore } from '../../store/ipld-store.js';
import type { SandboxRecord } from '../../vm/sandboxes/sandbox-record.js';
import { findTree, type FoundTree, type TreePlaces } from '../compare/find-tree.js';
import { rootOf } from '../../fs/version/version.js';
import { withoutGuestMade } from './guest-made.js';

/** What of a sandbox says what it changed. */
export type ChangedSandbox = Pick<SandboxRecord, 'name' | 'image' | 'root' | 'spec'>;

/** What the changes of a sandbox are read from, and stored in. */
export interface SandboxChangesServices {
  readonly store: ContentStore;
  readonly places: TreePlaces;
  /** the sandbox's writes as a tar archive with overlayfs' own marks; hostile */
  readonly archive: AsyncIterable<Uint8Array>;
  readonly signal?: AbortSignal | undefined;
}

/** The root filesystem of a sandbox, as it began and as it is. */
export interface SandboxChanges {
  readonly base: FoundTree;
  readonly after: FoundTree;
}

/**
 * Stores the root filesystem of a sandbox as it is now, and returns it beside what it began as. What
 * mono itself has put there for the sandbox to run is no change.
 *
 * @throws {MonoError} as `importUpperTar`, `flatten` and `withoutGuestMade`
 */
export async function sandboxChanges(
  services: SandboxChangesServices,
  sandbox: ChangedSandbox,
): Promise<SandboxChanges> {
  const { store, places, archive, signal } = services;
  const base = await baseOf(sandbox, places);
  const changes = await importUpperTar(store, archive, { base: base.root, signal });
  const after = await flatten(store, [base.root, changes]);
  const root = await withoutGuestMade(store, { base: base.root, after }, sandbox.spec);
  return { base, after: { target: sandbox.name, root, version: undefined, source: undefined } };
}

/**
 * What the sandbox was started from: what its image stands for where that still has its root, else
 * the version or image that has it, else the bare root.
 */
async function baseOf(sandbox: ChangedSandbox, places: TreePlaces): Promise<FoundTree> {
  const root = CID.parse(sandbox.root);
  const named = await findTree(sandbox.image, places).catch((error: unknown) => {
    if (isMonoError(error)) return undefined;
    throw error;
  });
  if (named?.root.equals(root)) return named;
  const found = { target: sandbox.image, root, version: undefined, source: undefined };
  for (const { cid } of places.versions) {
    if (root.equals(await rootOf(places.store, cid))) return { ...found, version: cid };
  }
  const image = places.images.find((it) => it.root.equals(root));
  return image ? { ...found, source: image.manifest.digest } : found;
}
