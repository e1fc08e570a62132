import type { CID } from 'multiformats/cid';
import type { ByteString } from '../../base/bytes.js';
import type { NodeReader } from '../../store/ipld-store.js';
import { compareBytes } from '../path.js';
import { digitAt, hashOfKey } from './key-hash.js';
import type { ShardPlace } from './shard-node.js';
import { childPlace, readShard, ROOT_PLACE } from './shard-node.js';
import type { ShardCodec, ShardItem } from './shard.js';

/**
 * Returns all items of the map `cid`, sorted by key.
 *
 * @throws {MonoError} as `getNode`, and `STORE_NODE_INVALID`
 */
export async function readShardMap<V>(
  store: NodeReader,
  cid: CID,
  codec: ShardCodec<V>,
): Promise<readonly ShardItem<V>[]> {
  const node = await readShard(store, { cid, codec, place: ROOT_PLACE });
  if (node.kind === 'leaf') return node.items;
  const items: ShardItem<V>[] = [];
  await collectItems(store, { cid, codec, place: ROOT_PLACE }, items);
  return items.sort((left, right) => compareBytes(left.key, right.key));
}

/** Adds all items below the node `source.cid` to `items`, in no order. */
export async function collectItems<V>(
  store: NodeReader,
  source: { readonly cid: CID; readonly codec: ShardCodec<V>; readonly place: ShardPlace },
  items: ShardItem<V>[],
): Promise<void> {
  const node = await readShard(store, source);
  if (node.kind === 'leaf') {
    for (const item of node.items) items.push(item);
    return;
  }
  for (const [digit, child] of node.children.entries()) {
    if (child === undefined) continue;
    const place = childPlace(source.place, digit, child);
    await collectItems(store, { cid: child.cid, codec: source.codec, place }, items);
  }
}

/**
 * Returns the value of `key` in the map `cid`, or `undefined`. Reads one node for each level.
 *
 * @throws {MonoError} as `getNode`, and `STORE_NODE_INVALID`
 */
export async function getShardValue<V>(
  store: NodeReader,
  source: { readonly cid: CID; readonly codec: ShardCodec<V> },
  key: ByteString,
): Promise<V | undefined> {
  const { codec } = source;
  let { cid } = source;
  let place = ROOT_PLACE;
  let hash: string | undefined;
  for (;;) {
    const node = await readShard(store, { cid, codec, place });
    if (node.kind === 'leaf') return node.items.find((item) => item.key === key)?.value;
    hash ??= hashOfKey(key);
    const digit = digitAt(hash, place.prefix.length);
    const child = node.children[digit];
    if (child === undefined) return undefined;
    place = childPlace(place, digit, child);
    cid = child.cid;
  }
}
