import type { CID } from 'multiformats/cid';
import type { ByteString } from '../../base/bytes.js';
import type { BuilderNode, DirectoryNode, LeafNode } from '../change-set/change-set-node.js';
import { hasContent, unpackNode } from '../change-set/change-set-node.js';
import { loadChangeSet } from '../change-set/load-change-set.js';
import type { Attributes, DeviceEntry, DirectoryEntry, TreeEntry } from '../entry.js';
import { attributesOf, IMPLICIT_ATTRIBUTES } from '../entry.js';
import { readTreeRoot } from '../node/root-node.js';
import { joinPath, ROOT_PATH } from '../path.js';
import { getDirectoryEntry } from '../tree/directory.js';
import type { NodeReader } from '../../store/ipld-store.js';
import type { MarkNamespace } from './overlay-marks.js';
import { escapeXattrs, markPrefix, OPAQUE_MARK } from './overlay-marks.js';
import type { UpperEntry } from './upper-entry.js';
import { upperError } from './upper-entry.js';

/** What the upper is for. */
export interface ExportUpperOptions {
  /** root of the complete tree that the overlay is to be mounted over */
  readonly base: CID;
  /** where overlayfs is to find its marks; `trusted` unless the mount has `userxattr` */
  readonly namespace?: MarkNamespace;
}

/**
 * Yields what an upper directory of a kernel overlayfs must contain so that the mount shows the base
 * with `change` laid over it: a directory before what it has, the root first. Takes memory in
 * proportion to the change set.
 *
 * @throws {MonoError} `FS_OVERLAY_INVALID` for what overlayfs cannot say: links by CID, hard links to
 *   files of the base, paths through symbolic links of the base, character devices 0/0; as `getNode`;
 *   `STORE_NODE_INVALID`
 */
export async function* exportUpper(
  store: NodeReader,
  change: CID,
  options: ExportUpperOptions,
): AsyncGenerator<UpperEntry> {
  const { root, linked } = await loadChangeSet(store, change);
  const { directory } = await readTreeRoot(store, options.base);
  const namespace = options.namespace ?? 'trusted';
  const context: ExportContext = { store, namespace, linked, names: new Map() };
  yield directoryEntry(context, ROOT_PATH, { node: root, base: directory });
  const open = [openDirectory(ROOT_PATH, root, directory)];
  for (let last = open.at(-1); last !== undefined; last = open.at(-1)) {
    const { value, done } = last.rest.next();
    if (done) {
      open.pop();
      continue;
    }
    const [name, node] = value;
    const path = joinPath(last.path, name);
    if (node.kind !== 'directory') {
      yield leafEntry(context, path, node);
      continue;
    }
    const base = last.base && (await getDirectoryEntry(store, last.base, name));
    if (saysNothing(path, node, base)) continue;
    const merged = base?.kind === 'directory' ? base : undefined;
    yield directoryEntry(context, path, { node, base: merged });
    open.push(openDirectory(path, node, merged));
  }
}

interface ExportContext {
  readonly store: NodeReader;
  readonly namespace: MarkNamespace;
  /** the files that have several names */
  readonly linked: ReadonlySet<LeafNode>;
  /** the first name of each of them that was met */
  readonly names: Map<LeafNode, ByteString>;
}

/** A directory on the way to the present entry. */
interface OpenDirectory {
  readonly path: ByteString;
  /** the directory of the base that shows below, if any does */
  readonly base: DirectoryEntry | undefined;
  /** entries that have not come yet */
  readonly rest: Iterator<[ByteString, BuilderNode], undefined>;
}

function openDirectory(
  path: ByteString,
  node: DirectoryNode,
  base: DirectoryEntry | undefined,
): OpenDirectory {
  return { path, base: node.opaque ? undefined : base, rest: node.children.entries() };
}

/** Returns whether an implicit directory is not made over what the base has. */
function saysNothing(path: ByteString, node: DirectoryNode, base: TreeEntry | undefined): boolean {
  if (node.attributes !== undefined || base?.kind === 'directory') return false;
  if (base?.kind === 'symlink') {
    throw upperError(path, 'the base has a symbolic link there, which overlayfs does not follow');
  }
  return !hasContent(node);
}

function directoryEntry(
  { namespace }: ExportContext,
  path: ByteString,
  pair: { readonly node: DirectoryNode; readonly base: DirectoryEntry | undefined },
): UpperEntry {
  const { base, node } = pair;
  const attributes = attributesOf(node.attributes ?? base ?? IMPLICIT_ATTRIBUTES);
  const visible = escapeXattrs(attributes.xattrs, namespace);
  const xattrs = node.opaque && base !== undefined ? withOpaqueMark(visible, namespace) : visible;
  return { path, entry: { kind: 'directory', ...attributes, xattrs } };
}

function withOpaqueMark(
  xattrs: Attributes['xattrs'],
  namespace: MarkNamespace,
): Attributes['xattrs'] {
  const mark = `${markPrefix(namespace)}${OPAQUE_MARK}` as ByteString;
  return new Map([...xattrs, [mark, new TextEncoder().encode('y')]]);
}

function leafEntry(
  context: ExportContext,
  path: ByteString,
  node: Exclude<BuilderNode, DirectoryNode>,
): UpperEntry {
  if (node.kind === 'tombstone') return { path, entry: WHITEOUT };
  const entry = unpackNode(node);
  if (entry.kind === 'baseLink') throw upperError(path, 'it is a hard link to a file of the base');
  if (entry.kind === 'cidLink') throw upperError(path, 'it is a link by CID');
  if (entry.kind === 'characterDevice' && entry.major === 0 && entry.minor === 0) {
    throw upperError(path, 'it is the device 0/0, which is a whiteout');
  }
  const visible = { ...entry, xattrs: escapeXattrs(entry.xattrs, context.namespace) };
  const linkTarget = context.names.get(node);
  if (linkTarget !== undefined) return { path, entry: visible, linkTarget };
  if (context.linked.has(node)) context.names.set(node, path);
  return { path, entry: visible };
}

/** What deletes a name of the base. */
const WHITEOUT: DeviceEntry = {
  kind: 'characterDevice',
  ...IMPLICIT_ATTRIBUTES,
  mode: 0,
  major: 0,
  minor: 0,
};
