/**
 * Makes a change set of the upper directory of a kernel overlayfs.
 *
 * What a directory of the upper is merged with stands at its *lower path*: its own path, unless a
 * directory on the way was renamed (`redirect`). A renamed directory becomes an opaque one that has
 * what the base has at the lower path; the upper is laid over that.
 */
import type { CID } from 'multiformats/cid';
import type { ByteString } from '../../base/bytes.js';
import { ChangeSetBuilder } from '../change-set/change-set-builder.js';
import { squash } from '../change-set/squash.js';
import type { DirectoryEntry, LeafEntry } from '../entry.js';
import type { NodeStore } from '../node/node-store.js';
import { readTreeRoot } from '../node/root-node.js';
import { joinPath, parentPath, problemOfName, problemOfPath, ROOT_PATH } from '../path.js';
import type { OpenDirectory } from '../transaction/transaction.js';
import { lookupFrom } from '../tree/lookup.js';
import type { MarkNamespace, OverlayMarks } from './overlay-marks.js';
import { readMarks } from './overlay-marks.js';
import { renamedDirectories } from './renamed-directories.js';
import type { UpperEntry } from './upper-entry.js';
import { upperError } from './upper-entry.js';

/** How an upper was made. */
export interface ImportUpperOptions {
  /** root of the complete tree that the overlay was mounted over, all its layers flattened */
  readonly base: CID;
  /** where overlayfs kept its marks; `trusted` unless the mount had `userxattr` */
  readonly namespace?: MarkNamespace;
}

/**
 * Returns the root of the change set that `entries` are: all of an upper directory, a directory before
 * what it has. Laid over the base it gives what the mount showed. `entries` is consumed once, in order.
 *
 * @throws {MonoError} `FS_OVERLAY_INVALID` for what overlayfs does not write, or a change set cannot
 *   say; `FS_PATH_INVALID`, `FS_LIMIT`; as `getNode` and `putNode`; `STORE_NODE_INVALID`
 */
export async function importUpper(
  store: NodeStore,
  entries: AsyncIterable<UpperEntry> | Iterable<UpperEntry>,
  options: ImportUpperOptions,
): Promise<CID> {
  const { directory } = await readTreeRoot(store, options.base);
  const builder = new ChangeSetBuilder(store);
  const context: ImportContext = {
    ...{ store, builder, base: directory, namespace: options.namespace ?? 'trusted' },
    ...{ directories: new Map(), renamed: new Map() },
  };
  for await (const entry of entries) await addEntry(context, entry);
  const upper = await builder.commit();
  if (context.renamed.size === 0) return upper;
  const moved = await renamedDirectories(store, options.base, context.renamed);
  return squash(store, [moved, upper]);
}

interface ImportContext {
  readonly store: NodeStore;
  readonly builder: ChangeSetBuilder;
  readonly base: DirectoryEntry;
  readonly namespace: MarkNamespace;
  readonly directories: Map<ByteString, UpperDirectory>;
  /** lower paths of the renamed directories, by path */
  readonly renamed: Map<ByteString, ByteString>;
}

interface UpperDirectory {
  /** path in the base of what the directory is merged with; `undefined` for nothing */
  readonly lower: ByteString | undefined;
  /** whether files with an attribute are whiteouts here */
  readonly hasFileWhiteouts: boolean;
}

/** An entry with what overlayfs says about it, and the directory that it stands in. */
interface MarkedEntry<E> {
  readonly path: ByteString;
  readonly entry: E;
  readonly marks: OverlayMarks;
  readonly parent: UpperDirectory;
}

async function addEntry(context: ImportContext, upper: UpperEntry): Promise<void> {
  const { entry, path } = upper;
  const marks = readMarks(path, entry.xattrs, context.namespace);
  const parent = path === ROOT_PATH ? ABOVE_ROOT : context.directories.get(parentPath(path));
  if (parent === undefined) throw upperError(path, 'it comes before its directory');
  if (context.directories.has(path)) throw upperError(path, 'it comes twice');
  if (entry.kind === 'directory') await addDirectory(context, { path, entry, marks, parent });
  else await addLeaf(context, { path, entry, marks, parent }, upper.linkTarget);
}

const ABOVE_ROOT: UpperDirectory = { lower: undefined, hasFileWhiteouts: false };

async function addDirectory(
  context: ImportContext,
  upper: MarkedEntry<OpenDirectory>,
): Promise<void> {
  const { entry, marks, path } = upper;
  const lower = marks.opaque === 'y' ? undefined : lowerPath(upper);
  context.directories.set(path, { lower, hasFileWhiteouts: marks.opaque === 'x' });
  context.builder.setDirectory(path, { ...entry, xattrs: marks.xattrs });
  if (marks.opaque === 'y') context.builder.setOpaque(path);
  if (marks.redirect === undefined || lower === undefined) return;
  const target = await lookupFrom(context.store, context.base, namesOf(lower));
  if (target?.kind !== 'directory') {
    throw upperError(path, 'it was renamed from something that is no directory of the base');
  }
  context.renamed.set(path, lower);
}

async function addLeaf(
  context: ImportContext,
  upper: MarkedEntry<LeafEntry>,
  linkTarget: ByteString | undefined,
): Promise<void> {
  const { entry, marks, path } = upper;
  if (isWhiteout(upper)) context.builder.setTombstone(path);
  else if (linkTarget !== undefined) {
    const planned = context.builder.get(linkTarget);
    if (planned === undefined || planned.kind === 'directory' || planned.kind === 'tombstone') {
      throw upperError(path, 'it is a hard link to no earlier file');
    }
    context.builder.setHardLink(path, linkTarget);
  } else {
    const visible = { ...entry, xattrs: marks.xattrs };
    const content = marks.isMetacopy ? await contentOfBase(context, upper) : {};
    context.builder.setEntry(path, { ...visible, ...content });
  }
}

function isWhiteout({ entry, marks, parent, path }: MarkedEntry<LeafEntry>): boolean {
  if (entry.kind === 'characterDevice' && entry.major === 0 && entry.minor === 0) return true;
  if (!marks.isWhiteout) return false;
  if (parent.hasFileWhiteouts && entry.kind === 'file' && entry.sizeBytes === 0) return true;
  throw upperError(path, 'it is marked as a whiteout where none can be');
}

/** Returns the content of the file of the base that overlayfs shows with the upper's attributes. */
async function contentOfBase(
  context: ImportContext,
  upper: MarkedEntry<LeafEntry>,
): Promise<{ readonly sizeBytes: number; readonly content: CID }> {
  const lower = lowerPath(upper);
  const file = lower && (await lookupFrom(context.store, context.base, namesOf(lower)));
  if (upper.entry.kind !== 'file' || file?.kind !== 'file') {
    throw upperError(upper.path, 'its content is that of something that is no file of the base');
  }
  return { sizeBytes: file.sizeBytes, content: file.content };
}

/** Returns the path in the base of what an entry is merged with. */
function lowerPath(upper: MarkedEntry<LeafEntry | OpenDirectory>): ByteString | undefined {
  const { marks, parent, path } = upper;
  const { redirect } = marks;
  if (path === ROOT_PATH) return ROOT_PATH;
  if (redirect?.startsWith('/')) {
    const lower = redirect.slice(1) as ByteString;
    if (lower === '' || problemOfPath(lower) !== undefined) throw invalidRedirect(path);
    return lower;
  }
  if (redirect !== undefined && problemOfName(redirect) !== undefined) throw invalidRedirect(path);
  const name = redirect ?? (path.slice(path.lastIndexOf('/') + 1) as ByteString);
  return parent.lower === undefined ? undefined : joinPath(parent.lower, name);
}

function invalidRedirect(path: ByteString): Error {
  return upperError(path, 'its mark `redirect` is not a path');
}

function namesOf(path: ByteString): ByteString[] {
  return path.split('/') as ByteString[];
}
