/**
 * How paths lead through a change set that is being built: as an unpacker's do, symbolic links in
 * the middle of a path are followed, within the root. A link that only the base has cannot be seen
 * here; `flatten` follows it.
 */
import type { ByteString } from '../../base/bytes.js';
import type { BuilderNode, DirectoryNode } from './change-set-node.js';
import { newDirectory } from './change-set-node.js';
import { IMPLICIT_ATTRIBUTES } from '../entry.js';
import { joinPath, parentPath, splitPath } from '../path.js';
import { PathWalk } from '../tree/path-walk.js';

/**
 * What to do about a component that is not a directory:
 * - `create`: make one, in the place of whatever stands there;
 * - `overlay`: make one where nothing is known, give up where something else stands, because
 *   nothing of the base shows below that;
 * - `find`: give up.
 */
export type DescendMode = 'create' | 'overlay' | 'find';

/** Where a path led. */
export interface Descent {
  /** the directory; `undefined` when the path led nowhere */
  readonly directory: DirectoryNode | undefined;
  /** the path, without the symbolic links that the change set knows */
  readonly path: ByteString;
  /** whether the change set hides what the base has in the directory at `path` */
  readonly hidden: boolean;
}

/**
 * Follows `names` from `root`.
 *
 * @throws {MonoError} `FS_PATH_INVALID` when symbolic links lead to a path that is not valid
 */
export function descend(
  root: DirectoryNode,
  names: readonly ByteString[],
  mode: DescendMode,
): Descent {
  const walk = new PathWalk(root, names);
  for (let name = walk.nextName(); name !== undefined; name = walk.nextName()) {
    const parent = walk.here.at;
    const child = parent.children.get(name);
    if (child?.kind === 'directory') walk.enter(name, child);
    else if (child?.kind === 'symlink' && walk.follow(child.target)) continue;
    else if (mode === 'find' || (mode === 'overlay' && child !== undefined)) {
      return lost(walk, name, child);
    } else {
      splitPath(joinPath(walk.here.path, name));
      walk.enter(name, addDirectory(parent, name, child));
    }
  }
  return { directory: walk.here.at, path: walk.here.path, hidden: isHidden(walk) };
}

function addDirectory(
  parent: DirectoryNode,
  name: ByteString,
  replaced: BuilderNode | undefined,
): DirectoryNode {
  const directory =
    replaced === undefined
      ? newDirectory(undefined, false)
      : newDirectory(IMPLICIT_ATTRIBUTES, true);
  parent.children.set(name, directory);
  return directory;
}

function lost(
  walk: PathWalk<DirectoryNode>,
  name: ByteString,
  child: BuilderNode | undefined,
): Descent {
  const path = [name, ...walk.rest].reduce(joinTargetName, walk.here.path);
  return { directory: undefined, path, hidden: child !== undefined || isHidden(walk) };
}

function isHidden(walk: PathWalk<DirectoryNode>): boolean {
  return walk.steps.some(({ at }) => at.opaque);
}

/** Returns the path that `name`, which can be `.` or `..`, leads to from the directory `path`. */
function joinTargetName(path: ByteString, name: ByteString): ByteString {
  if (name === '' || name === '.') return path;
  return name === '..' ? parentPath(path) : joinPath(path, name);
}
