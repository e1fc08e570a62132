import type { CID } from 'multiformats/cid';
import type { NodeWriter } from '../../store/ipld-store.js';
import { BRANCH_FAN_OUT, MAX_LEAF_WEIGHT } from '../limits.js';
import { digitAt, hashOfKey, MAX_SHARD_DEPTH } from './key-hash.js';
import { encodeBranch, encodeLeaf, weigh } from './shard-node.js';
import type { Shard, ShardCodec, ShardItem, ShardRef } from './shard.js';

/** Stores the shard map of `items`, which are sorted by key, and returns its root. */
export async function buildShardMap<V>(
  store: NodeWriter,
  codec: ShardCodec<V>,
  items: readonly ShardItem<V>[],
): Promise<CID> {
  return (await writeShard(store, codec, shardOf(codec, items))).cid;
}

/** Returns the canonical part of a map at `depth` that has `items`, which are sorted by key. */
export function shardOf<V>(
  codec: ShardCodec<V>,
  items: readonly ShardItem<V>[],
  depth = 0,
): Shard<V> {
  const weight = weigh(codec, items);
  if (isLeaf({ count: items.length, weight }, depth)) return { kind: 'leaf', items, weight };
  const hashed = items.map((item) => ({
    item,
    hash: hashOfKey(item.key),
    weight: codec.weigh(item.key, item.value),
  }));
  return partOf(hashed, depth);
}

/** Returns whether items of this number and weight are one leaf. */
export function isLeaf(size: { readonly count: number; readonly weight: number }, depth: number) {
  return size.weight <= MAX_LEAF_WEIGHT || size.count <= 1 || depth >= MAX_SHARD_DEPTH;
}

/** Returns how many items `shard` has. */
export function countOf<V>(shard: Shard<V>): number {
  return shard.kind === 'leaf' ? shard.items.length : shard.count;
}

/** Stores what is not stored yet of `shard`, children first. */
export async function writeShard<V>(
  store: NodeWriter,
  codec: ShardCodec<V>,
  shard: Shard<V>,
): Promise<ShardRef> {
  if (shard.kind === 'stored') return shard;
  const { weight } = shard;
  if (shard.kind === 'leaf') {
    const cid = await store.putNode(encodeLeaf(codec, shard.items));
    return { cid, count: shard.items.length, weight };
  }
  const children: (ShardRef | undefined)[] = [];
  for (const child of shard.children) {
    children.push(child && (await writeShard(store, codec, child)));
  }
  return { cid: await store.putNode(encodeBranch(children)), count: shard.count, weight };
}

interface HashedItem<V> {
  readonly item: ShardItem<V>;
  readonly hash: string;
  readonly weight: number;
}

function partOf<V>(hashed: readonly HashedItem<V>[], depth: number): Shard<V> {
  const weight = hashed.reduce((sum, item) => sum + item.weight, 0);
  const size = { count: hashed.length, weight };
  if (isLeaf(size, depth)) return { kind: 'leaf', items: hashed.map(({ item }) => item), weight };
  const groups: HashedItem<V>[][] = Array.from({ length: BRANCH_FAN_OUT }, () => []);
  for (const item of hashed) groups[digitAt(item.hash, depth)]?.push(item);
  const children = groups.map((group) =>
    group.length === 0 ? undefined : partOf(group, depth + 1),
  );
  return { kind: 'branch', children, ...size };
}
