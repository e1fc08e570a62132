import type { CID } from 'multiformats/cid';
import type { ByteString } from '../../base/bytes.js';
import type { NodeReader } from '../../store/ipld-store.js';
import type { Difference, RelinkedPath } from './difference.js';
import { aspectsOf } from './difference.js';
import { readDirectory, TREE_DIRECTORY } from '../tree/directory.js';
import type { DirectoryEntry, TreeEntry } from '../entry.js';
import { groupsOf, readLeaders } from '../links/link-table.js';
import { lookupFrom } from '../tree/lookup.js';
import { compareBytes, joinPath, ROOT_PATH, splitPath } from '../path.js';
import type { EncodedNodeReader } from '../node/node-store.js';
import { readTreeRoot } from '../node/root-node.js';
import type { ShardDifference } from '../shard/shard-diff.js';
import { diffShardMaps } from '../shard/shard-diff.js';

/**
 * Yields what is different in the tree `after`, compared with the tree `before`: paths in the order
 * of a walk, then files that have other names than before. Costs in proportion to what differs:
 * subtrees that the trees share are not read, and a directory that only one of them has is one
 * difference ({@link pathsBelow} lists it).
 *
 * @throws {MonoError} as `getNode`; `STORE_NODE_INVALID`, `STORE_FORMAT_UNSUPPORTED`
 */
export async function* diffTrees(
  store: EncodedNodeReader,
  before: CID,
  after: CID,
): AsyncGenerator<Difference> {
  if (before.equals(after)) return;
  const [from, to] = [await readTreeRoot(store, before), await readTreeRoot(store, after)];
  const pair = { before: from.directory, after: to.directory };
  const aspects = aspectsOf(pair.before, pair.after);
  if (aspects.length > 0) yield { kind: 'changed', path: ROOT_PATH, ...pair, aspects };
  yield* diffDirectories(store, pair);
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
  const open = [{ path, rest: (await readDirectory(store, directory)).values() }];
  for (let last = open.at(-1); last !== undefined; last = open.at(-1)) {
    const { value, done } = last.rest.next();
    if (done) {
      open.pop();
      continue;
    }
    const { name, entry } = value;
    const below = joinPath(last.path, name);
    yield { path: below, entry };
    if (entry.kind !== 'directory') continue;
    open.push({ path: below, rest: (await readDirectory(store, entry)).values() });
  }
}

/** Two directories of one path. */
interface DirectoryPair {
  readonly before: DirectoryEntry;
  readonly after: DirectoryEntry;
}

async function* diffDirectories(
  store: EncodedNodeReader,
  root: DirectoryPair,
): AsyncGenerator<Difference> {
  const open = [await openPair(store, ROOT_PATH, root)];
  for (let last = open.at(-1); last !== undefined; last = open.at(-1)) {
    const { value, done } = last.rest.next();
    if (done) {
      open.pop();
      continue;
    }
    const path = joinPath(last.path, value.key);
    const difference = differenceAt(path, value);
    if (difference) yield difference;
    const { before, after } = value;
    if (before?.kind === 'directory' && after?.kind === 'directory') {
      open.push(await openPair(store, path, { before, after }));
    }
  }
}

async function openPair(
  store: EncodedNodeReader,
  path: ByteString,
  { before, after }: DirectoryPair,
): Promise<{
  readonly path: ByteString;
  readonly rest: Iterator<ShardDifference<TreeEntry>, undefined>;
}> {
  const maps = { before: before.entries, after: after.entries };
  return { path, rest: (await diffShardMaps(store, TREE_DIRECTORY, maps)).values() };
}

function differenceAt(
  path: ByteString,
  { before, after }: ShardDifference<TreeEntry>,
): Difference | undefined {
  if (before === undefined) return after && { kind: 'added', path, after };
  if (after === undefined) return { kind: 'removed', path, before };
  const aspects = aspectsOf(before, after);
  return aspects.length > 0 ? { kind: 'changed', path, before, after, aspects } : undefined;
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
