import type { CID } from 'multiformats/cid';
import type { ByteString } from '../../base/bytes.js';
import { MonoError } from '../../errors.js';
import type { NodeReader } from '../../store/ipld-store.js';
import type { BuilderNode, DirectoryNode, LeafNode } from './change-set-node.js';
import { newDirectory, packEntry } from './change-set-node.js';
import type { ChangeEntry, DirectoryEntry, OverlayDirectoryEntry } from '../entry.js';
import { attributesOf } from '../entry.js';
import { MAX_PATH_BYTES } from '../limits.js';
import { readLeaders } from '../links/link-table.js';
import { readRoot } from '../node/root-node.js';
import { joinPath, ROOT_PATH, showPath } from '../path.js';
import { readChangeDirectory } from '../tree/directory.js';

/** A change set in memory. Names that are hard links to one file share one node. */
export interface LoadedChangeSet {
  readonly root: DirectoryNode;
  /** the files that have several names */
  readonly linked: Set<LeafNode>;
}

/**
 * Reads a whole change set, some 250 bytes of memory for each entry.
 *
 * @throws {MonoError} as `readRoot`, and `STORE_NODE_INVALID` when a path in it is too long
 */
export async function loadChangeSet(store: NodeReader, cid: CID): Promise<LoadedChangeSet> {
  const { directory, links } = await readRoot(store, cid);
  const leaders = await readLeaders(store, links);
  const context: LoadContext = { store, leaders, groups: new Map() };
  const root = await loadDirectory(context, ROOT_PATH, directory);
  return { root, linked: new Set(context.groups.values()) };
}

interface LoadContext {
  readonly store: NodeReader;
  readonly leaders: ReadonlyMap<ByteString, ByteString>;
  /** the files met so far that have several names, by leader */
  readonly groups: Map<ByteString, LeafNode>;
}

async function loadDirectory(
  context: LoadContext,
  path: ByteString,
  entry: DirectoryEntry | OverlayDirectoryEntry,
): Promise<DirectoryNode> {
  const node =
    entry.kind === 'directory'
      ? newDirectory(attributesOf(entry), false)
      : newDirectory(entry.attributes, entry.opaque);
  for (const { name, entry: child } of await readChangeDirectory(context.store, entry)) {
    node.children.set(name, await loadEntry(context, joinPath(path, name), child));
  }
  return node;
}

async function loadEntry(
  context: LoadContext,
  path: ByteString,
  entry: ChangeEntry,
): Promise<BuilderNode> {
  if (path.length > MAX_PATH_BYTES) throw tooLong(path);
  if (entry.kind === 'directory' || entry.kind === 'overlayDirectory') {
    return loadDirectory(context, path, entry);
  }
  if (entry.kind === 'tombstone') return entry;
  const leader = context.leaders.get(path);
  if (leader === undefined) return packEntry(entry);
  const node = context.groups.get(leader) ?? packEntry(entry);
  context.groups.set(leader, node);
  return node;
}

function tooLong(path: ByteString): MonoError {
  return new MonoError('STORE_NODE_INVALID', `Cannot read ${showPath(path)}: the path is too long`);
}
