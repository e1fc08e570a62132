import type { CID } from 'multiformats/cid';
import type { ByteString } from '../../base/bytes.js';
import { TREE_DIRECTORY } from '../tree/directory.js';
import type { DirectoryEntry, TreeEntry } from '../entry.js';
import type { ConflictReason, DirectoryMerge } from './merge-entries.js';
import { mergeEntries } from './merge-entries.js';
import { mergeLinkTables } from './merge-links.js';
import type { Sides } from './merge-values.js';
import type { NodeStore } from '../node/node-store.js';
import { compareWalk, joinPath, ROOT_PATH } from '../path.js';
import { readTreeRoot, writeRoot } from '../node/root-node.js';
import { diffShardMaps } from '../shard/shard-diff.js';
import { updateShardMap } from '../shard/shard-update.js';

/** A path about which two trees disagree. */
export interface MergeConflict extends Sides<TreeEntry> {
  readonly path: ByteString;
  readonly reason: ConflictReason;
}

/** The outcome of merging two trees. */
export interface TreeMerge {
  /** root of the merged tree */
  readonly root: CID;
  /** in the order of a walk; the tree has ours there, or theirs where ours is deleted */
  readonly conflicts: readonly MergeConflict[];
}

/** Three trees: what two of them came from, and those two. */
export interface MergeRequest {
  readonly base: CID;
  readonly ours: CID;
  readonly theirs: CID;
}

/**
 * Merges what two trees changed since a third. Conflicts are values, never errors. Costs in
 * proportion to what both sides changed: what only one of them changed is taken over by CID.
 *
 * @throws {MonoError} as `getNode` and `putNode`; `STORE_NODE_INVALID`, `STORE_FORMAT_UNSUPPORTED`
 */
export async function mergeTrees(store: NodeStore, request: MergeRequest): Promise<TreeMerge> {
  const { ours, theirs, base } = request;
  if (ours.equals(theirs) || base.equals(theirs)) return { root: ours, conflicts: [] };
  if (base.equals(ours)) return { root: theirs, conflicts: [] };
  const trees = {
    base: await readTreeRoot(store, base),
    ours: await readTreeRoot(store, ours),
    theirs: await readTreeRoot(store, theirs),
  };
  const conflicts: MergeConflict[] = [];
  const directory = (await mergePath({ store, conflicts }, ROOT_PATH, {
    base: trees.base.directory,
    ours: trees.ours.directory,
    theirs: trees.theirs.directory,
  })) as DirectoryEntry;
  const tables = { base: trees.base.links, ours: trees.ours.links, theirs: trees.theirs.links };
  const links = await mergeLinkTables(store, tables, directory);
  const root = await writeRoot(store, { directory, links });
  return { root, conflicts: conflicts.sort((left, right) => compareWalk(left.path, right.path)) };
}

interface MergeContext {
  readonly store: NodeStore;
  readonly conflicts: MergeConflict[];
}

async function mergePath(
  context: MergeContext,
  path: ByteString,
  sides: Sides<TreeEntry>,
): Promise<TreeEntry | undefined> {
  const merge = mergeEntries(sides);
  if (merge.kind === 'merged') return merge.entry;
  if (merge.kind === 'conflict') {
    context.conflicts.push({ path, reason: merge.reason, ...sides });
    return sides.ours ?? sides.theirs;
  }
  if (merge.reason) context.conflicts.push({ path, reason: merge.reason, ...sides });
  const entries = await mergeBelow(context, path, merge);
  return { kind: 'directory', ...merge.attributes, entries };
}

async function mergeBelow(
  context: MergeContext,
  path: ByteString,
  { base, ours, theirs }: DirectoryMerge,
): Promise<CID> {
  const maps = { before: base?.entries, after: theirs.entries };
  const differences = await diffShardMaps(context.store, TREE_DIRECTORY, maps);
  const changes = new Map(differences.map((difference) => [difference.key, difference]));
  return updateShardMap(context.store, ours.entries, {
    codec: TREE_DIRECTORY,
    keys: changes.keys(),
    resolve: (name, current) => {
      const change = changes.get(name);
      const sides = { base: change?.before, ours: current, theirs: change?.after };
      return mergePath(context, joinPath(path, name), sides);
    },
  });
}
