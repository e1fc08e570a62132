import type { ByteString } from '../../base/bytes.js';
import type { NodeReader } from '../../store/ipld-store.js';
import { getDirectoryEntry } from './directory.js';
import type { DirectoryEntry, TreeEntry } from '../entry.js';
import { PathWalk } from './path-walk.js';

/** Where names led. */
export interface ResolvedPath {
  /** path without symbolic links before its last component */
  readonly path: ByteString;
  /** what is there; `undefined` for nothing */
  readonly entry: TreeEntry | undefined;
}

/** Where to start, and where to go. */
export interface ResolveRequest {
  readonly root: DirectoryEntry;
  readonly names: readonly ByteString[];
  /** whether a symbolic link at the end is followed too */
  readonly followLast: boolean;
}

/**
 * Follows `names` from the directory `root` as Linux does in a chroot: symbolic links are followed,
 * absolute ones and `..` stay within the root. Below something that does not exist or is no
 * directory, names are taken as they are. Returns `undefined` when more symbolic links are met than
 * `MAX_SYMLINKS_FOLLOWED`.
 *
 * @throws {MonoError} as `getNode`, and `STORE_NODE_INVALID`
 */
export async function resolveNames(
  store: NodeReader,
  { root, names, followLast }: ResolveRequest,
): Promise<ResolvedPath | undefined> {
  const walk = new PathWalk<TreeEntry | undefined>(root, names);
  for (let name = walk.nextName(); name !== undefined; name = walk.nextName()) {
    const parent = walk.here.at;
    const entry =
      parent?.kind === 'directory' ? await getDirectoryEntry(store, parent, name) : undefined;
    const isLast = walk.rest.length === 0;
    if (entry?.kind !== 'symlink' || (isLast && !followLast)) walk.enter(name, entry);
    else if (!walk.follow(entry.target)) return undefined;
  }
  return { path: walk.here.path, entry: walk.here.at };
}
