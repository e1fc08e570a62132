import { CID } from 'multiformats/cid';
import type { ByteString } from '../../base/bytes.js';
import type { NodeReader, NodeWriter } from '../../store/ipld-store.js';
import type { ChangeEntry, TreeEntry } from '../entry.js';
import { decodeEntry, encodeEntry, entriesEqual, isTreeEntry } from '../node/entry-codec.js';
import { weightOfEntry } from '../node/entry-rules.js';
import { problemOfName } from '../path.js';
import { NodeProblem } from '../node/read-node.js';
import { buildShardMap } from '../shard/shard-build.js';
import { getShardValue, readShardMap } from '../shard/shard-read.js';
import type { ShardCodec } from '../shard/shard.js';

/** A name in a directory with what it stands for. */
export interface NamedEntry<E extends ChangeEntry = TreeEntry> {
  readonly name: ByteString;
  readonly entry: E;
}

/** Root node of a directory without entries. */
export const EMPTY_DIRECTORY = CID.parse(
  'bafyreiajjm5xypssqz6egnkvxn4bbxwtkeeohka6lz7ght47ymllkufbg4',
);

/** How the directories of complete trees are written. */
export const TREE_DIRECTORY: ShardCodec<TreeEntry> = directoryCodec(decodeTreeOnly);

/** How the directories of change sets are written; every complete directory is one of them. */
export const CHANGE_DIRECTORY: ShardCodec<ChangeEntry> = directoryCodec(decodeEntry);

/**
 * Returns the entries of a directory of a complete tree, in byte order of their names.
 *
 * @throws {MonoError} as `getNode`, and `STORE_NODE_INVALID`
 */
export async function readDirectory(
  store: NodeReader,
  directory: { readonly entries: CID },
): Promise<NamedEntry[]> {
  const items = await readShardMap(store, directory.entries, TREE_DIRECTORY);
  return items.map(({ key, value }) => ({ name: key, entry: value }));
}

/**
 * Returns the entries of a directory of a change set, in byte order of their names.
 *
 * @throws {MonoError} as `getNode`, and `STORE_NODE_INVALID`
 */
export async function readChangeDirectory(
  store: NodeReader,
  directory: { readonly entries: CID },
): Promise<NamedEntry<ChangeEntry>[]> {
  const items = await readShardMap(store, directory.entries, CHANGE_DIRECTORY);
  return items.map(({ key, value }) => ({ name: key, entry: value }));
}

/**
 * Returns what `name` stands for in a directory of a complete tree, or `undefined`.
 *
 * @throws {MonoError} as `getNode`, and `STORE_NODE_INVALID`
 */
export async function getDirectoryEntry(
  store: NodeReader,
  directory: { readonly entries: CID },
  name: ByteString,
): Promise<TreeEntry | undefined> {
  return getShardValue(store, { cid: directory.entries, codec: TREE_DIRECTORY }, name);
}

/** Stores the directory without entries and returns its root, {@link EMPTY_DIRECTORY}. */
export async function emptyDirectory(store: NodeWriter): Promise<CID> {
  return buildShardMap(store, TREE_DIRECTORY, []);
}

function directoryCodec<E extends ChangeEntry>(decode: (value: unknown) => E): ShardCodec<E> {
  return {
    what: 'directory',
    encode: encodeEntry,
    decode,
    equal: entriesEqual,
    weigh: weightOfEntry,
    problemOfKey: problemOfName,
  };
}

function decodeTreeOnly(value: unknown): TreeEntry {
  const entry = decodeEntry(value);
  if (isTreeEntry(entry)) return entry;
  throw new NodeProblem(`a complete tree has an entry of kind ${entry.kind}`);
}
