import type { CID } from 'multiformats/cid';
import type { ByteString } from '../../base/bytes.js';
import { MonoError } from '../../errors.js';
import { readChangeDirectory, TREE_DIRECTORY } from '../tree/directory.js';
import type {
  BaseLinkEntry,
  ChangeEntry,
  DirectoryEntry,
  OverlayDirectoryEntry,
  TreeEntry,
} from '../entry.js';
import { attributesOf, IMPLICIT_ATTRIBUTES } from '../entry.js';
import type { NodeStore } from '../node/node-store.js';
import { joinPath, showPath, splitPath } from '../path.js';
import { resolveNames } from '../tree/resolve-path.js';
import { updateShardMap } from '../shard/shard-update.js';

/** A directory of a change set. */
export type ChangeDirectory = DirectoryEntry | OverlayDirectoryEntry;

/** What one pass of laying a change set over a tree works with, and what it finds out. */
export interface OverlayContext {
  readonly store: NodeStore;
  /** root directory of the tree, as it is before the change set: where base links lead */
  readonly base: DirectoryEntry;
  /** root node of a directory without entries */
  readonly empty: CID;
  /** paths whose entry in the tree the pass replaced or deleted, with all that was below it */
  readonly gone: Set<ByteString>;
  /** names that became hard links to files of `base` */
  readonly baseLinks: { readonly path: ByteString; readonly target: ByteString }[];
  /** implicit directories of the change set where the tree has a symbolic link */
  readonly redirects: { readonly path: ByteString; readonly directory: ChangeDirectory }[];
}

/** What the tree (if anything) and the change set have at a path. */
interface Pair<B, C> {
  readonly base: B | undefined;
  readonly change: C;
}

/** Returns the directory at `path` after the change. */
export async function mergeDirectory(
  context: OverlayContext,
  path: ByteString,
  { base, change }: Pair<DirectoryEntry, ChangeDirectory>,
): Promise<DirectoryEntry> {
  const attributes = attributesAfter(base, change);
  const opaque = change.kind === 'overlayDirectory' && change.opaque;
  if (base !== undefined && opaque) context.gone.add(path);
  const entries = opaque ? undefined : base?.entries;
  return {
    kind: 'directory',
    ...attributes,
    entries: await mergeEntries(context, path, { base: entries, change }),
  };
}

/**
 * Returns `directory`, or a new one for none, with the directory `change` of a change set laid over what
 * `names` lead to from it. Directories on the way that do not exist are made, unless the change puts
 * nothing into them.
 */
export async function mergeAt(
  context: OverlayContext,
  at: {
    readonly path: ByteString;
    readonly directory: DirectoryEntry | undefined;
    readonly names: readonly ByteString[];
  },
  change: ChangeDirectory,
): Promise<DirectoryEntry> {
  const [name, ...names] = at.names;
  if (name === undefined) {
    return mergeDirectory(context, at.path, { base: at.directory, change });
  }
  const path = joinPath(at.path, name);
  const entries = await updateShardMap(context.store, at.directory?.entries, {
    codec: TREE_DIRECTORY,
    keys: [name],
    resolve: async (_, base) => {
      const directory = base?.kind === 'directory' ? base : undefined;
      const merged = await mergeAt(context, { path, directory, names }, change);
      return directory ? merged : unlessEmpty(context, path, { base, change: merged });
    },
  });
  return { kind: 'directory', ...attributesOf(at.directory ?? IMPLICIT_ATTRIBUTES), entries };
}

function attributesAfter(base: DirectoryEntry | undefined, change: ChangeDirectory) {
  if (change.kind === 'directory') return attributesOf(change);
  return change.attributes ?? attributesOf(base ?? IMPLICIT_ATTRIBUTES);
}

async function mergeEntries(
  context: OverlayContext,
  path: ByteString,
  { base, change }: Pair<CID, ChangeDirectory>,
): Promise<CID> {
  if (change.kind === 'directory') {
    if (base === undefined || base.equals(context.empty)) return change.entries;
    if (base.equals(change.entries)) {
      context.gone.add(path);
      return base;
    }
  }
  const names = await readChangeDirectory(context.store, change);
  const changes = new Map(names.map(({ name, entry }) => [name, entry]));
  return updateShardMap(context.store, base, {
    codec: TREE_DIRECTORY,
    keys: changes.keys(),
    resolve: async (name, before) => {
      const entry = changes.get(name) as ChangeEntry;
      return mergeEntry(context, joinPath(path, name), { base: before, change: entry });
    },
  });
}

async function mergeEntry(
  context: OverlayContext,
  path: ByteString,
  { base, change }: Pair<TreeEntry, ChangeEntry>,
): Promise<TreeEntry | undefined> {
  if (change.kind === 'directory' || change.kind === 'overlayDirectory') {
    return mergeIntoDirectory(context, path, { base, change });
  }
  if (base !== undefined) context.gone.add(path);
  if (change.kind === 'tombstone') return undefined;
  return change.kind === 'baseLink' ? linkToBase(context, path, change) : change;
}

async function mergeIntoDirectory(
  context: OverlayContext,
  path: ByteString,
  { base, change }: Pair<TreeEntry, ChangeDirectory>,
): Promise<TreeEntry | undefined> {
  if (base?.kind === 'directory') return mergeDirectory(context, path, { base, change });
  const implicit = change.kind === 'overlayDirectory' && change.attributes === undefined;
  if (implicit && base?.kind === 'symlink') {
    context.redirects.push({ path, directory: change });
    return base;
  }
  const directory = await mergeDirectory(context, path, { base: undefined, change });
  if (implicit) return unlessEmpty(context, path, { base, change: directory });
  if (base !== undefined) context.gone.add(path);
  return directory;
}

/** A directory that nothing describes and that has nothing is not made. */
function unlessEmpty(
  context: OverlayContext,
  path: ByteString,
  { base, change }: Pair<TreeEntry, DirectoryEntry>,
): TreeEntry | undefined {
  if (change.entries.equals(context.empty)) return base;
  if (base !== undefined) context.gone.add(path);
  return change;
}

async function linkToBase(
  context: OverlayContext,
  path: ByteString,
  link: BaseLinkEntry,
): Promise<TreeEntry> {
  const names = splitPath(link.target);
  const request = { root: context.base, names, followLast: false };
  const target = await resolveNames(context.store, request);
  if (target?.entry === undefined) {
    throw new MonoError(
      'FS_NOT_FOUND',
      `Cannot make hard link ${showPath(path)}: ${showPath(link.target)} does not exist`,
      { details: { path, target: link.target } },
    );
  }
  if (target.entry.kind === 'directory') {
    throw new MonoError(
      'FS_IS_A_DIRECTORY',
      `Cannot make hard link ${showPath(path)}: ${showPath(link.target)} is a directory`,
      { details: { path, target: link.target } },
    );
  }
  context.baseLinks.push({ path, target: target.path });
  return target.entry;
}
