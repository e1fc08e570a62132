import type { CID } from 'multiformats/cid';
import type { ByteString } from '../../base/bytes.js';
import type { NodeReader } from '../../store/ipld-store.js';
import { compareBytes } from '../path.js';
import type { ShardPlace } from './shard-node.js';
import { childPlace, readShard, ROOT_PLACE } from './shard-node.js';
import { collectItems } from './shard-read.js';
import type { ShardBranch, ShardCodec, ShardItem, ShardRef, StoredShard } from './shard.js';

/** A key whose value differs between two maps. */
export interface ShardDifference<V> {
  readonly key: ByteString;
  /** `undefined`: the first map does not have the key */
  readonly before: V | undefined;
  /** `undefined`: the second map does not have the key */
  readonly after: V | undefined;
}

/**
 * Returns the keys whose values differ between two maps (`undefined`: the empty map), sorted. Reads
 * only nodes that the maps do not share.
 *
 * @throws {MonoError} as `getNode`, and `STORE_NODE_INVALID`
 */
export async function diffShardMaps<V>(
  store: NodeReader,
  codec: ShardCodec<V>,
  maps: { readonly before: CID | undefined; readonly after: CID | undefined },
): Promise<ShardDifference<V>[]> {
  const differences: ShardDifference<V>[] = [];
  await diffParts({ store, codec, differences }, rootPart(maps.before), rootPart(maps.after));
  return differences.sort((left, right) => compareBytes(left.key, right.key));
}

interface DiffContext<V> {
  readonly store: NodeReader;
  readonly codec: ShardCodec<V>;
  readonly differences: ShardDifference<V>[];
}

/** A stored node of one of the maps. */
interface Part {
  readonly cid: CID;
  readonly place: ShardPlace;
}

interface ReadPart<V> extends Part {
  readonly node: StoredShard<V>;
}

function rootPart(cid: CID | undefined): Part | undefined {
  return cid && { cid, place: ROOT_PLACE };
}

async function diffParts<V>(
  context: DiffContext<V>,
  before: Part | undefined,
  after: Part | undefined,
): Promise<void> {
  if (before && after && before.cid.equals(after.cid)) return;
  const first = await readPart(context, before);
  const second = await readPart(context, after);
  if (first?.node.kind === 'branch' && second?.node.kind === 'branch') {
    const young = childrenOf(second.place, second.node);
    for (const [digit, child] of childrenOf(first.place, first.node).entries()) {
      await diffParts(context, child, young[digit]);
    }
    return;
  }
  addDifferences(context, await itemsOf(context, first), await itemsOf(context, second));
}

function childrenOf(place: ShardPlace, branch: ShardBranch<ShardRef>): (Part | undefined)[] {
  return branch.children.map(
    (child, digit) => child && { cid: child.cid, place: childPlace(place, digit, child) },
  );
}

async function readPart<V>(
  { codec, store }: DiffContext<V>,
  part: Part | undefined,
): Promise<ReadPart<V> | undefined> {
  return part && { ...part, node: await readShard(store, { ...part, codec }) };
}

async function itemsOf<V>(
  context: DiffContext<V>,
  part: ReadPart<V> | undefined,
): Promise<readonly ShardItem<V>[]> {
  if (part === undefined) return [];
  if (part.node.kind === 'leaf') return part.node.items;
  const items: ShardItem<V>[] = [];
  const { cid, place } = part;
  await collectItems(context.store, { cid, place, codec: context.codec }, items);
  return items;
}

function addDifferences<V>(
  { codec, differences }: DiffContext<V>,
  before: readonly ShardItem<V>[],
  after: readonly ShardItem<V>[],
): void {
  const rest = new Map(before.map(({ key, value }) => [key, value]));
  for (const { key, value } of after) {
    const old = rest.get(key);
    rest.delete(key);
    if (old === undefined || !codec.equal(old, value)) {
      differences.push({ key, before: old, after: value });
    }
  }
  for (const [key, value] of rest) differences.push({ key, before: value, after: undefined });
}
