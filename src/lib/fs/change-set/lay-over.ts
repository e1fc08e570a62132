/**
 * Lays a change set over another one, in memory: what results does to a base what the two do one
 * after the other. Where {@link overlay} lays over a complete tree, something unknown is below here.
 * Both nodes are taken over and changed.
 */
import type { ByteString } from '../../base/bytes.js';
import { textOfByteString } from '../../base/bytes.js';
import { MonoError } from '../../errors.js';
import type { BuilderNode, DirectoryNode, LeafNode } from './change-set-node.js';
import { hasContent, newDirectory } from './change-set-node.js';
import { linkTarget } from './link-target.js';
import type { LoadedChangeSet } from './load-change-set.js';
import type { TombstoneEntry } from '../entry.js';
import { IMPLICIT_ATTRIBUTES } from '../entry.js';
import { joinPath, problemOfPath, ROOT_PATH, showPath, splitPath } from '../path.js';
import { PathWalk } from '../tree/path-walk.js';

/**
 * Makes `below` what it is with `above` laid over it.
 *
 * @throws {MonoError} `FS_BASE_NEEDED`, and as `linkTarget`
 */
export function layOver(below: LoadedChangeSet, above: LoadedChangeSet): void {
  for (const node of above.linked) below.linked.add(node);
  resolveBaseLinks(below, above.root);
  const root: Place = { path: ROOT_PATH, hidden: false };
  const redirects = layDirectory(below.root, above.root, root);
  for (let redirect = redirects.shift(); redirect; redirect = redirects.shift()) {
    const target = linkEnd(below.root, redirect.path) ?? redirect.path;
    redirects.unshift(...layAt(below.root, target, redirect.directory));
  }
}

interface Place {
  readonly path: ByteString;
  /** whether nothing of the base shows below the path */
  readonly hidden: boolean;
}

/** A directory that goes where the symbolic link at `path` leads. */
interface Redirect {
  readonly path: ByteString;
  readonly directory: DirectoryNode;
}

/** Links to what is below `above` become links to what `below` has there. */
function resolveBaseLinks(below: LoadedChangeSet, above: DirectoryNode): void {
  for (const [name, child] of above.children) {
    if (child.kind === 'directory') resolveBaseLinks(below, child);
    if (child.kind !== 'baseLink') continue;
    const node = linkTarget(below.root, child.target);
    above.children.set(name, node);
    if (node.kind !== 'baseLink') below.linked.add(node);
  }
}

function layDirectory(below: DirectoryNode, above: DirectoryNode, place: Place): Redirect[] {
  const existed = below.attributes === undefined && hasContent(below);
  below.attributes = above.attributes ?? below.attributes;
  if (above.opaque) {
    below.opaque = true;
    below.children.clear();
  }
  const redirects: Redirect[] = [];
  const hidden = place.hidden || below.opaque;
  for (const [name, child] of above.children) {
    const at = { path: joinPath(place.path, name), hidden };
    redirects.push(...layChild(below, { name, child }, at));
  }
  if (existed && place.path !== ROOT_PATH && !hasContent(below)) {
    if (!place.hidden) throw emptied(place.path);
    below.attributes = IMPLICIT_ATTRIBUTES;
  }
  return redirects;
}

function layChild(
  parent: DirectoryNode,
  { name, child }: { readonly name: ByteString; readonly child: BuilderNode },
  place: Place,
): Redirect[] {
  const present = parent.children.get(name);
  if (child.kind === 'tombstone' && place.hidden) parent.children.delete(name);
  else if (child.kind !== 'directory' || present === undefined) parent.children.set(name, child);
  else if (present.kind === 'directory') return layDirectory(present, child, place);
  else if (child.attributes === undefined && present.kind === 'symlink') {
    return [{ path: place.path, directory: child }];
  } else replaceByDirectory(parent, { name, present, child }, place);
  return [];
}

/** A directory that nothing describes and that has nothing is not made. */
function replaceByDirectory(
  parent: DirectoryNode,
  change: {
    readonly name: ByteString;
    readonly present: LeafNode | TombstoneEntry;
    readonly child: DirectoryNode;
  },
  place: Place,
): void {
  const { child, name, present } = change;
  if (present.kind === 'baseLink' && child.attributes === undefined) throw unknownKind(place.path);
  if (!hasContent(child)) return;
  child.opaque = true;
  child.attributes ??= IMPLICIT_ATTRIBUTES;
  parent.children.set(name, child);
}

/** Lays `above` over what is at `path`, with a directory in the place of anything else. */
function layAt(root: DirectoryNode, path: ByteString, above: DirectoryNode): Redirect[] {
  let here = root;
  let place: Place = { path: ROOT_PATH, hidden: false };
  for (const name of splitPath(path)) {
    place = { path: joinPath(place.path, name), hidden: place.hidden || here.opaque };
    let child = here.children.get(name);
    if (child?.kind === 'baseLink') throw unknownKind(place.path);
    if (child?.kind !== 'directory') {
      if (child !== undefined && !hasContent(above)) return [];
      child =
        child === undefined
          ? newDirectory(undefined, false)
          : newDirectory(IMPLICIT_ATTRIBUTES, true);
      here.children.set(name, child);
    }
    here = child;
  }
  return layDirectory(here, above, place);
}

/** Returns where the symbolic link at `path` leads, as far as is known; `undefined` for nowhere. */
function linkEnd(root: DirectoryNode, path: ByteString): ByteString | undefined {
  const walk = new PathWalk<BuilderNode | undefined>(root, splitPath(path));
  for (let name = walk.nextName(); name !== undefined; name = walk.nextName()) {
    const parent = walk.here.at;
    const child = parent?.kind === 'directory' ? parent.children.get(name) : undefined;
    if (child?.kind !== 'symlink') walk.enter(name, child);
    else if (!walk.follow(child.target)) return undefined;
  }
  return problemOfPath(walk.here.path) === undefined ? walk.here.path : undefined;
}

function emptied(path: ByteString): MonoError {
  return baseNeeded(path, 'a directory that nothing describes was made there and emptied');
}

function unknownKind(path: ByteString): MonoError {
  return baseNeeded(path, 'only the base knows what the hard link there is');
}

function baseNeeded(path: ByteString, problem: string): MonoError {
  return new MonoError(
    'FS_BASE_NEEDED',
    `Cannot join change sets at ${showPath(path)}: ${problem}`,
    { details: { path: textOfByteString(path) }, hint: 'Flatten them over their base instead' },
  );
}
