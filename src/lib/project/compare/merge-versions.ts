import type { CID } from 'multiformats/cid';
import { MonoError } from '../../errors.js';
import type { TextStore } from '../../fs/merge/merge-file-text.js';
import type { MergeConflict, MergeStore } from '../../fs/merge/merge-trees.js';
import { mergeTrees } from '../../fs/merge/merge-trees.js';
import type { NodeStore } from '../../fs/node/node-store.js';
import { findMergeBases } from '../../fs/version/history.js';
import { commitVersion, rootOf } from '../../fs/version/version.js';
import type { NodeReader } from '../../store/ipld-store.js';
import { checkVersionName } from './check-version-name.js';
import type { FoundTree } from './find-tree.js';

/** What is to be merged, and how the outcome is kept. */
export interface VersionMergeRequest {
  readonly ours: FoundTree;
  readonly theirs: FoundTree;
  /** what both came from; `undefined`: what the history of the two versions says */
  readonly base: FoundTree | undefined;
  /** name of the new version; `undefined`: it is kept under its CID */
  readonly name: string | undefined;
  /** names of images, which hide versions of the same name */
  readonly takenNames: readonly string[];
  readonly message: string | undefined;
  /** whether files that both changed are merged line by line */
  readonly text: boolean;
}

/** What a merge writes to. */
export interface MergeServices {
  readonly store: MergeStore & TextStore & { flush(): Promise<void> };
  /** Gives a durable version a name; returns the other version that had it before, if one had. */
  keep(name: string, version: CID): Promise<CID | undefined>;
}

/** The outcome of a merge. */
export interface VersionMerge {
  readonly ours: FoundTree;
  readonly theirs: FoundTree;
  readonly base: FoundTree;
  /** the merged version with both as predecessors; `undefined` when there are conflicts */
  readonly merged: MergedVersion | undefined;
  /** in the order of a walk */
  readonly conflicts: readonly MergeConflict[];
}

/** A version that a merge made. */
export interface MergedVersion {
  readonly root: CID;
  readonly version: CID;
  /** what keeps it from being collected */
  readonly name: string;
  /** the other version that had the name before */
  readonly replaced: CID | undefined;
}

/**
 * Merges what `ours` and `theirs` changed since `base`. Without conflicts the outcome becomes a
 * version with both as predecessors, is made durable, and is kept; with conflicts nothing is kept.
 * A second run with the same request gives the same version.
 *
 * @throws {MonoError} `USAGE_INVALID` for a name that cannot be used, and when there is no base and
 *   the versions do not have exactly one in common; `IMAGE_NAME_TAKEN`; as `mergeTrees` and `commitVersion`
 */
export async function mergeVersions(
  services: MergeServices,
  request: VersionMergeRequest,
): Promise<VersionMerge> {
  const { store } = services;
  const { ours, theirs, message, text } = request;
  checkVersionName(request);
  const base = request.base ?? (await commonBase(store, ours, theirs));
  const trees = { base: base.root, ours: ours.root, theirs: theirs.root };
  const { root, conflicts } = await mergeTrees(store, trees, text ? { text: store } : {});
  if (conflicts.length > 0) return { ours, theirs, base, merged: undefined, conflicts };
  const [first, second] = [await versionOf(store, ours), await versionOf(store, theirs)];
  const previous = first.equals(second) ? [first] : [first, second];
  const version = await commitVersion(store, {
    root,
    previous,
    ...(message === undefined ? {} : { message }),
  });
  await store.flush();
  const name = request.name ?? version.toString();
  const replaced = await services.keep(name, version);
  return { ours, theirs, base, merged: { root, version, name, replaced }, conflicts };
}

/** Returns the version of a tree: one without predecessors for an image or a bare tree. */
export async function versionOf(
  store: NodeStore,
  { root, source, version }: FoundTree,
): Promise<CID> {
  return (
    version ??
    commitVersion(store, { root, previous: [], ...(source === undefined ? {} : { source }) })
  );
}

async function commonBase(
  store: NodeReader,
  ours: FoundTree,
  theirs: FoundTree,
): Promise<FoundTree> {
  const bases =
    ours.version && theirs.version ? await findMergeBases(store, ours.version, theirs.version) : [];
  const [version, ...others] = bases;
  if (!version || others.length > 0) {
    throw new MonoError(
      'USAGE_INVALID',
      `Cannot merge without \`--base\`: the two have ${bases.length} common versions to start from`,
      { hint: 'Name what both came from: `mono merge A B --base C`.' },
    );
  }
  const root = await rootOf(store, version);
  return { target: version.toString(), root, version, source: undefined };
}
