/**
 * Which names are hard links to one file. The table stands beside the tree, not in it, so that
 * equal directories are equal nodes wherever they are linked from.
 *
 * A group is named by its *leader*, its first path in byte order; the table maps every other path
 * of the group to the leader (docs/formats/monofs.md#hard-links).
 */
import type { CID } from 'multiformats/cid';
import type { ByteString } from '../../base/bytes.js';
import { bytesOfByteString } from '../../base/bytes.js';
import { MonoError } from '../../errors.js';
import type { NodeReader, NodeWriter } from '../../store/ipld-store.js';
import { expectByteString, expectList } from '../node/node-value.js';
import { compareBytes, problemOfPath } from '../path.js';
import { NodeProblem } from '../node/read-node.js';
import { buildShardMap } from '../shard/shard-build.js';
import { readShardMap } from '../shard/shard-read.js';
import type { ShardCodec } from '../shard/shard.js';

/** What one item of the table adds besides its two paths; an upper bound in `bytes`. */
const BASE_WEIGHT = 16;

const LINK_TABLE: ShardCodec<ByteString> = {
  what: 'hard-link table',
  encode: (leader) => [bytesOfByteString(leader)],
  decode: decodeLeader,
  equal: (left, right) => left === right,
  weigh: (path, leader) => BASE_WEIGHT + path.length + leader.length,
  problemOfKey: problemOfLinkPath,
};

/**
 * Stores the table of `groups`, in whatever order they and their paths come; groups of fewer than
 * two paths are left out. Returns `undefined` for the empty table, which is not stored.
 */
export async function writeLinkTable(
  store: NodeWriter,
  groups: Iterable<readonly ByteString[]>,
): Promise<CID | undefined> {
  const items: { key: ByteString; value: ByteString }[] = [];
  for (const group of groups) {
    const [leader, ...others] = [...group].sort(compareBytes);
    if (leader !== undefined) for (const key of others) items.push({ key, value: leader });
  }
  if (items.length === 0) return undefined;
  items.sort((left, right) => compareBytes(left.key, right.key));
  return buildShardMap(store, LINK_TABLE, items);
}

/**
 * Returns the leader of each path of the table `cid` that has one, leaders themselves included.
 * Takes memory in proportion to the number of hard links.
 *
 * @throws {MonoError} as `getNode`, and `STORE_NODE_INVALID`
 */
export async function readLeaders(
  store: NodeReader,
  cid: CID | undefined,
): Promise<Map<ByteString, ByteString>> {
  const leaders = new Map<ByteString, ByteString>();
  if (cid === undefined) return leaders;
  const items = await readShardMap(store, cid, LINK_TABLE);
  for (const { key, value } of items) leaders.set(key, value);
  for (const { value } of items) {
    if ((leaders.get(value) ?? value) !== value) throw invalidTable(cid, 'a leader has a leader');
    leaders.set(value, value);
  }
  if (items.length === 0) throw invalidTable(cid, 'the table is empty');
  return leaders;
}

/** Returns the paths of each group, by what `groups` has for them: of a table, the leader. */
export function groupsOf<Group extends string>(
  groups: ReadonlyMap<ByteString, Group>,
): Map<Group, ByteString[]> {
  const lists = new Map<Group, ByteString[]>();
  for (const [path, group] of groups) {
    const list = lists.get(group);
    if (list) list.push(path);
    else lists.set(group, [path]);
  }
  return lists;
}

function decodeLeader(value: unknown, path: ByteString): ByteString {
  const [item] = expectList(value, 'a hard link', 1);
  const leader = expectByteString(item, 'the leader of a hard link');
  const problem = problemOfLinkPath(leader);
  if (problem !== undefined) throw new NodeProblem(problem);
  if (leader >= path) throw new NodeProblem('the leader of a hard link is not its first path');
  return leader;
}

function problemOfLinkPath(path: ByteString): string | undefined {
  return path === '' ? 'a hard link is the root' : problemOfPath(path);
}

function invalidTable(cid: CID, problem: string): MonoError {
  return new MonoError(
    'STORE_NODE_INVALID',
    `Cannot read node \`${cid.toString()}\`: in a hard-link table ${problem}`,
    { details: { cid: cid.toString() } },
  );
}
