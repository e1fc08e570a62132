/**
 * The part of a tree that a transaction has looked at or changed, in memory. A directory remembers
 * the node that it was loaded from; storing it replaces that in place, so that the next commit starts
 * from there.
 */
import type { CID } from 'multiformats/cid';
import type { ByteString } from '../../base/bytes.js';
import { getDirectoryEntry, readDirectory, TREE_DIRECTORY } from '../tree/directory.js';
import type { Attributes, DirectoryEntry, LeafEntry, TreeEntry } from '../entry.js';
import { attributesOf } from '../entry.js';
import { entriesEqual } from '../node/entry-codec.js';
import type { NodeStore } from '../node/node-store.js';
import { compareBytes } from '../path.js';
import { updateShardMap } from '../shard/shard-update.js';

/** What a name stands for in a transaction. */
export type TransactionNode = TransactionDirectory | LeafEntry;

/** A directory in a transaction. */
export interface TransactionDirectory {
  readonly kind: 'directory';
  attributes: Attributes;
  /** what is stored; `undefined` for a directory that is not stored yet */
  stored: DirectoryEntry | undefined;
  /** what was looked up or changed; `undefined`: there is no such name */
  readonly children: Map<ByteString, TransactionNode | undefined>;
  /** names that were changed since the directory was stored */
  readonly changed: Set<ByteString>;
}

/** Returns a directory that is not stored yet. */
export function newTransactionDirectory(attributes: Attributes): TransactionDirectory {
  return {
    kind: 'directory',
    attributes,
    stored: undefined,
    children: new Map(),
    changed: new Set(),
  };
}

/** Returns the directory that `entry` stands for. */
export function loadDirectory(entry: DirectoryEntry): TransactionDirectory {
  return { ...newTransactionDirectory(attributesOf(entry)), stored: entry };
}

/** Returns what `name` stands for in `directory`, or `undefined`. */
export async function getChild(
  store: NodeStore,
  directory: TransactionDirectory,
  name: ByteString,
): Promise<TransactionNode | undefined> {
  const { children, stored } = directory;
  if (children.has(name)) return children.get(name);
  const entry = stored && (await getDirectoryEntry(store, stored, name));
  const node = entry?.kind === 'directory' ? loadDirectory(entry) : entry;
  children.set(name, node);
  return node;
}

/** Makes `name` stand for `node` in `directory`; `undefined` deletes it. */
export function setChild(
  directory: TransactionDirectory,
  name: ByteString,
  node: TransactionNode | undefined,
): void {
  directory.children.set(name, node);
  directory.changed.add(name);
}

/** Returns the names in `directory`, in byte order. */
export async function listChildren(
  store: NodeStore,
  directory: TransactionDirectory,
): Promise<ByteString[]> {
  const stored = directory.stored ? await readDirectory(store, directory.stored) : [];
  const names = new Set(stored.map(({ name }) => name));
  for (const [name, node] of directory.children) {
    if (node === undefined) names.delete(name);
    else names.add(name);
  }
  return [...names].sort(compareBytes);
}

/** Returns a copy of `node` that can be changed by itself. Costs what is in memory of it. */
export function cloneNode(node: TransactionNode): TransactionNode {
  if (node.kind !== 'directory') return node;
  const children = [...node.children].map(
    ([name, child]) => [name, child && cloneNode(child)] as const,
  );
  return { ...node, children: new Map(children), changed: new Set(node.changed) };
}

/** Stores what has changed in and below `directory`, and returns its entry. */
export async function storeInPlace(
  store: NodeStore,
  directory: TransactionDirectory,
): Promise<DirectoryEntry> {
  await Promise.resolve(); // the depth of a tree must not become that of the call stack
  const entries = new Map<ByteString, TreeEntry | undefined>();
  for (const name of directory.changed) entries.set(name, undefined);
  for (const [name, node] of directory.children) {
    const changed = directory.changed.has(name);
    if (node?.kind === 'directory') {
      const before = node.stored;
      const after = await storeInPlace(store, node);
      if (changed || before !== after) entries.set(name, after);
    } else if (changed) entries.set(name, node);
  }
  const { attributes, stored } = directory;
  const cid = await storeEntries(store, stored?.entries, entries);
  const entry: DirectoryEntry = { kind: 'directory', ...attributes, entries: cid };
  directory.changed.clear();
  if (stored !== undefined && entriesEqual(stored, entry)) return stored;
  directory.stored = entry;
  return entry;
}

async function storeEntries(
  store: NodeStore,
  stored: CID | undefined,
  entries: ReadonlyMap<ByteString, TreeEntry | undefined>,
): Promise<CID> {
  if (stored !== undefined && entries.size === 0) return stored;
  return updateShardMap(store, stored, {
    codec: TREE_DIRECTORY,
    keys: entries.keys(),
    resolve: (name) => entries.get(name),
  });
}
