import type { CID } from 'multiformats/cid';
import type { ByteString } from '../../base/bytes.js';
import { TREE_DIRECTORY } from '../tree/directory.js';
import type { DirectoryEntry, TreeEntry } from '../entry.js';
import type { ConflictReason, DirectoryMerge, EntryConflict } from './merge-entries.js';
import { mergeEntries } from './merge-entries.js';
import type { TextStore } from './merge-file-text.js';
import { mergeFileText } from './merge-file-text.js';
import { mergeLinkTables } from './merge-links.js';
import type { TextMerge } from './merge-text.js';
import type { Sides } from './merge-values.js';
import type { EncodedNodeReader, NodeStore } from '../node/node-store.js';
import { compareWalk, joinPath, ROOT_PATH } from '../path.js';
import { readTreeRoot, writeRoot } from '../node/root-node.js';
import { diffShardMaps } from '../shard/shard-diff.js';
import { updateShardMap } from '../shard/shard-update.js';

/** A path about which two trees disagree. */
export interface MergeConflict extends Sides<TreeEntry> {
  readonly path: ByteString;
  readonly reason: ConflictReason;
  /**
   * the text of two files that could be merged as text, but for places where both are kept between
   * markers; `undefined` where that was not asked for or not possible, and beyond
   * {@link MAX_MARKED_BYTES}
   */
  readonly text?: TextMerge;
}

/** The most that the texts of all conflicts of a merge take, in `bytes`: nobody reads more. */
export const MAX_MARKED_BYTES = 16 * 1024 * 1024;

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

/** What merging trees needs of a store. */
export type MergeStore = NodeStore & EncodedNodeReader;

/** Options of {@link mergeTrees}. */
export interface MergeOptions {
  /** where the contents of files are, to merge those that both sides changed line by line */
  readonly text?: TextStore | undefined;
}

/**
 * Merges what two trees changed since a third. Conflicts are values, never errors. Costs in
 * proportion to what both sides changed: what only one of them changed is taken over by CID.
 *
 * @throws {MonoError} as `getNode` and `putNode`; `STORE_NODE_INVALID`, `STORE_FORMAT_UNSUPPORTED`;
 *   with `text` as `getBytes` and `putBytes`
 */
export async function mergeTrees(
  store: MergeStore,
  request: MergeRequest,
  options: MergeOptions = {},
): Promise<TreeMerge> {
  const { ours, theirs, base } = request;
  if (ours.equals(theirs) || base.equals(theirs)) return { root: ours, conflicts: [] };
  if (base.equals(ours)) return { root: theirs, conflicts: [] };
  const trees = {
    base: await readTreeRoot(store, base),
    ours: await readTreeRoot(store, ours),
    theirs: await readTreeRoot(store, theirs),
  };
  const conflicts: MergeConflict[] = [];
  const directory = (await mergePath({ store, conflicts, ...options }, ROOT_PATH, {
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
  readonly store: MergeStore;
  readonly conflicts: MergeConflict[];
  readonly text?: TextStore | undefined;
}

async function mergePath(
  context: MergeContext,
  path: ByteString,
  sides: Sides<TreeEntry>,
): Promise<TreeEntry | undefined> {
  const merge = mergeEntries(sides);
  if (merge.kind === 'merged') return merge.entry;
  if (merge.kind === 'conflict') return settle(context, { path, ...sides }, merge);
  if (merge.reason) context.conflicts.push({ path, reason: merge.reason, ...sides });
  const entries = await mergeBelow(context, path, merge);
  return { kind: 'directory', ...merge.attributes, entries };
}

/** Merges two files as text where that is possible; else notes the conflict. */
async function settle(
  { conflicts, text }: MergeContext,
  { path, ...sides }: Sides<TreeEntry> & { readonly path: ByteString },
  { attributes, reason }: EntryConflict,
): Promise<TreeEntry | undefined> {
  const merged = text && attributes && (await mergeFileText(text, sides));
  if (attributes && merged?.stored) return { kind: 'file', ...attributes, ...merged.stored };
  const isKept = merged && markedBytes(conflicts) + merged.bytes.length <= MAX_MARKED_BYTES;
  conflicts.push({ path, reason, ...sides, ...(isKept ? { text: merged } : {}) });
  return sides.ours ?? sides.theirs;
}

function markedBytes(conflicts: readonly MergeConflict[]): number {
  return conflicts.reduce((sum, { text }) => sum + (text?.bytes.length ?? 0), 0);
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
