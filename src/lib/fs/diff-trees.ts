import type { CID } from 'multiformats/cid';
import type { ByteString } from '../base/bytes.js';
import type { NodeReader } from '../store/ipld-store.js';
import type { Difference, RelinkedPath } from './difference.js';
import { aspectsOf } from './difference.js';
import { readDirectory, TREE_DIRECTORY } from './directory.js';
import type { DirectoryEntry, TreeEntry } from './entry.js';
import { groupsOf, readLeaders } from './link-table.js';
import { lookupFrom } from './lookup.js';
import { compareBytes, joinPath, ROOT_PATH, splitPath } from './path.js';
import { readTreeRoot } from './root-node.js';
import { diffShardMaps } from './shard/shard-diff.js';

/**
 * Yields what is different in the tree `after`, compared with the tree `before`: paths in the order
 * of a walk, then files that have other names than before. Costs in proportion to what differs:
 * subtrees that the trees share are not read, and a directory that only one of them has is one
 * difference ({@link pathsBelow} lists it).
 *
 * @throws {MonoError} as `getNode`; `STORE_NODE_INVALID`, `STORE_FORMAT_UNSUPPORTED`
 */
export async function* diffTrees(
  store: NodeReader,
  before: CID,
  after: CID,
): AsyncGenerator<Difference> {
  if (before.equals(after)) return;
  const [from, to] = [await readTreeRoot(store, before), await readTreeRoot(store, after)];
  const pair = { before: from.directory, after: to.directory };
  const aspects = aspectsOf(pair.before, pair.after);
  if (aspects.length > 0) yield { kind: 'changed', path: ROOT_PATH, ...pair, aspects };
  yield* diffDirectories(store, ROOT_PATH, pair);
  const tables = { before: from.links, after: to.links };
  for (const relinked of await diffLinks(store, tables)) {
    const names = splitPath(relinked.path);
    const stays =
      (await lookupFrom(store, pair.before, names)) && (await lookupFrom(store, pair.after, names));
    if (stays) yield relinked;
  }
}

/** Yields the paths and entries below a directory that a difference stands for, in walk order. */
export async function* pathsBelow(
  store: NodeReader,
  path: ByteString,
  directory: DirectoryEntry,
): AsyncGenerator<{ readonly path: ByteString; readonly entry: TreeEntry }> {
  for (const { name, entry } of await readDirectory(store, directory)) {
    const below = joinPath(path, name);
    yield { path: below, entry };
    if (entry.kind === 'directory') yield* pathsBelow(store, below, entry);
  }
}

async function* diffDirectories(
  store: NodeReader,
  parent: ByteString,
  pair: { readonly before: DirectoryEntry; readonly after: DirectoryEntry },
): AsyncGenerator<Difference> {
  const maps = { before: pair.before.entries, after: pair.after.entries };
  for (const { key, before, after } of await diffShardMaps(store, TREE_DIRECTORY, maps)) {
    const path = joinPath(parent, key);
    if (before === undefined) {
      if (after !== undefined) yield { kind: 'added', path, after };
      continue;
    }
    if (after === undefined) {
      yield { kind: 'removed', path, before };
      continue;
    }
    const aspects = aspectsOf(before, after);
    if (aspects.length > 0) yield { kind: 'changed', path, before, after, aspects };
    if (before.kind === 'directory' && after.kind === 'directory') {
      yield* diffDirectories(store, path, { before, after });
    }
  }
}

async function diffLinks(
  store: NodeReader,
  tables: { readonly before: CID | undefined; readonly after: CID | undefined },
): Promise<RelinkedPath[]> {
  if (tables.before?.toString() === tables.after?.toString()) return [];
  const before = await readLeaders(store, tables.before);
  const after = await readLeaders(store, tables.after);
  const [beforeGroups, afterGroups] = [groupsOf(before), groupsOf(after)];
  const relinked: RelinkedPath[] = [];
  for (const path of [...new Set([...before.keys(), ...after.keys()])].sort(compareBytes)) {
    const first = namesOf(path, before, beforeGroups);
    const second = namesOf(path, after, afterGroups);
    if (first.join('\0') === second.join('\0')) continue;
    relinked.push({ kind: 'relinked', path, before: first, after: second });
  }
  return relinked;
}

function namesOf(
  path: ByteString,
  leaders: ReadonlyMap<ByteString, ByteString>,
  groups: ReadonlyMap<ByteString, readonly ByteString[]>,
): readonly ByteString[] {
  const leader = leaders.get(path);
  const group = leader === undefined ? undefined : groups.get(leader);
  return group ? [...group].sort(compareBytes) : [path];
}
