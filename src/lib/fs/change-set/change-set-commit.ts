import type { CID } from 'multiformats/cid';
import type { ByteString } from '../../base/bytes.js';
import type { NodeWriter } from '../../store/ipld-store.js';
import type { BuilderNode, DirectoryNode, LeafNode } from './change-set-node.js';
import { unpackNode } from './change-set-node.js';
import type { ChangeEntry, DirectoryEntry, OverlayDirectoryEntry } from '../entry.js';
import { IMPLICIT_ATTRIBUTES } from '../entry.js';
import { encodeEntry, isTreeEntry } from '../node/entry-codec.js';
import { weightOfEntry } from '../node/entry-rules.js';
import { CHANGE_DIRECTORY } from '../tree/directory.js';
import { writeLinkTable } from '../links/link-table.js';
import { compareBytes, joinPath, ROOT_PATH } from '../path.js';
import { writeRoot } from '../node/root-node.js';
import { buildShardMap } from '../shard/shard-build.js';
import type { ShardCodec, ShardItem } from '../shard/shard.js';

/**
 * Stores the change set below `root` and returns its root node. `linked` are the files that may
 * have several names.
 */
export async function commitChangeSet(
  store: NodeWriter,
  root: DirectoryNode,
  linked: ReadonlySet<LeafNode>,
): Promise<CID> {
  const context: CommitContext = { store, linked, names: new Map() };
  const directory =
    (await commitDirectory(context, root, { path: ROOT_PATH, hidden: false })) ??
    (await emptyChangeSet(store));
  const links = await writeLinkTable(store, context.names.values());
  return writeRoot(store, { directory, links });
}

interface CommitContext {
  readonly store: NodeWriter;
  readonly linked: ReadonlySet<LeafNode>;
  /** the names found so far of each linked file */
  readonly names: Map<LeafNode, ByteString[]>;
}

interface Place {
  readonly path: ByteString;
  /** whether a directory above is opaque, so that nothing of the base shows here */
  readonly hidden: boolean;
}

/** Files stay packed until the leaf that has them is encoded. */
type CommitValue = LeafNode | ChangeEntry;

const COMMIT_DIRECTORY: ShardCodec<CommitValue> = {
  ...CHANGE_DIRECTORY,
  encode: (value) => encodeEntry(unpackValue(value)),
  equal: (left, right) => left === right,
  weigh: (name, value) =>
    value.kind === 'packedFile' ? value.weigh(name) : weightOfEntry(name, value),
};

/** Stores a directory; `undefined` for one that says nothing. */
async function commitDirectory(
  context: CommitContext,
  node: DirectoryNode,
  place: Place,
): Promise<DirectoryEntry | OverlayDirectoryEntry | undefined> {
  await Promise.resolve(); // the depth of a hostile tree must not become that of the call stack
  const inside = place.hidden || node.opaque;
  const items: ShardItem<CommitValue>[] = [];
  for (const [name, child] of [...node.children].sort(([a], [b]) => compareBytes(a, b))) {
    const at = { path: joinPath(place.path, name), hidden: inside };
    const value = await commitChild(context, child, at);
    if (value !== undefined) items.push({ key: name, value });
  }
  const marks = marksOf(node, place);
  const saysNothing = node.attributes === undefined && !marks.opaque;
  if (items.length === 0 && saysNothing) return undefined;
  const entries = await buildShardMap(context.store, COMMIT_DIRECTORY, items);
  const complete = !marks.opaque && items.every(({ value }) => isComplete(value));
  return complete && marks.attributes !== undefined
    ? { kind: 'directory', ...marks.attributes, entries }
    : { kind: 'overlayDirectory', entries, ...marks };
}

/** Below an opaque directory nothing is left to hide, and no attributes to keep. */
function marksOf(
  node: DirectoryNode,
  place: Place,
): Pick<OverlayDirectoryEntry, 'attributes' | 'opaque'> {
  return place.hidden
    ? { opaque: false, attributes: node.attributes ?? IMPLICIT_ATTRIBUTES }
    : { opaque: node.opaque, attributes: node.attributes };
}

async function commitChild(
  context: CommitContext,
  child: BuilderNode,
  place: Place,
): Promise<CommitValue | undefined> {
  if (child.kind === 'directory') return commitDirectory(context, child, place);
  if (child.kind === 'tombstone') return place.hidden ? undefined : child;
  if (context.linked.has(child)) {
    const names = context.names.get(child);
    if (names) names.push(place.path);
    else context.names.set(child, [place.path]);
  }
  return child;
}

async function emptyChangeSet(store: NodeWriter): Promise<OverlayDirectoryEntry> {
  const entries = await buildShardMap(store, COMMIT_DIRECTORY, []);
  return { kind: 'overlayDirectory', entries, opaque: false, attributes: undefined };
}

function isComplete(value: CommitValue): boolean {
  return value.kind === 'packedFile' || isTreeEntry(value);
}

function unpackValue(value: CommitValue): ChangeEntry {
  return value.kind === 'packedFile' ? unpackNode(value) : value;
}
