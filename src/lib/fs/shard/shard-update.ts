import type { CID } from 'multiformats/cid';
import type { ByteString } from '../../base/bytes.js';
import type { NodeReader, NodeWriter } from '../../store/ipld-store.js';
import { invariant } from '../../errors.js';
import { BRANCH_FAN_OUT } from '../limits.js';
import { compareBytes } from '../path.js';
import { digitAt, hashOfKey } from './key-hash.js';
import { countOf, isLeaf, shardOf, writeShard } from './shard-build.js';
import type { ShardPlace } from './shard-node.js';
import { childPlace, readShard, ROOT_PLACE, weigh } from './shard-node.js';
import { collectItems } from './shard-read.js';
import type { Shard, ShardCodec, ShardItem, ShardRef, StoredPart } from './shard.js';

/** A change of some keys of a shard map. */
export interface ShardUpdate<V> {
  readonly codec: ShardCodec<V>;
  /** keys to change, without repetition */
  readonly keys: Iterable<ByteString>;
  /** Returns the new value of `key`, or `undefined` to delete it. Called once for each key. */
  readonly resolve: (
    key: ByteString,
    current: V | undefined,
  ) => Promise<V | undefined> | V | undefined;
}

/**
 * Changes the map `cid` (`undefined`: the empty map) and returns the new root, or `cid` itself when
 * every value stays equal. Reads and writes only the nodes on the way to the keys, and what a branch
 * that becomes a leaf had below it.
 *
 * @throws {MonoError} as `getNode` and `putNode`, and `STORE_NODE_INVALID`
 */
export async function updateShardMap<V>(
  store: NodeReader & NodeWriter,
  cid: CID | undefined,
  update: ShardUpdate<V>,
): Promise<CID> {
  const keys = [...update.keys].sort(compareBytes);
  const shard = await updateRoot({ store, ...update }, cid, keys);
  return (await writeShard(store, update.codec, shard)).cid;
}

interface UpdateContext<V> extends ShardUpdate<V> {
  readonly store: NodeReader & NodeWriter;
}

/** A stored node on the way to the keys. */
interface NodeSource {
  readonly cid: CID;
  readonly place: ShardPlace;
}

async function updateRoot<V>(
  context: UpdateContext<V>,
  cid: CID | undefined,
  keys: readonly ByteString[],
): Promise<Shard<V>> {
  if (cid === undefined) {
    const { items } = await updateItems(context, [], keys);
    return shardOf(context.codec, items);
  }
  return updateNode(context, { cid, place: ROOT_PLACE }, keys);
}

async function updateNode<V>(
  context: UpdateContext<V>,
  source: NodeSource,
  keys: readonly ByteString[],
): Promise<Shard<V>> {
  const { codec, store } = context;
  const { cid, place } = source;
  const node = await readShard(store, { cid, codec, place });
  if (node.kind === 'branch') {
    return updateBranch(context, { cid, place, children: node.children }, keys);
  }
  const { items, changed } = await updateItems(context, node.items, keys);
  if (changed) return shardOf(codec, items, place.prefix.length);
  return { kind: 'stored', cid, count: items.length, weight: weigh(codec, items) };
}

async function updateBranch<V>(
  context: UpdateContext<V>,
  source: NodeSource & { readonly children: readonly (ShardRef | undefined)[] },
  keys: readonly ByteString[],
): Promise<Shard<V>> {
  const { place } = source;
  const children: (Shard<V> | undefined)[] = source.children.map(storedPart);
  let changed = false;
  for (const [digit, group] of groupByDigit(keys, place.prefix.length)) {
    const before = source.children[digit];
    const after = await updateChild(context, { place, digit, child: before }, group);
    children[digit] = countOf(after) === 0 ? undefined : after;
    changed ||= before === undefined ? countOf(after) > 0 : after.kind !== 'stored';
  }
  const size = sizeOf(children);
  if (!changed) return { kind: 'stored', cid: source.cid, ...size };
  if (!isLeaf(size, place.prefix.length)) return { kind: 'branch', children, ...size };
  return shardOf(context.codec, await itemsOf(context, place, children), place.prefix.length);
}

async function updateChild<V>(
  context: UpdateContext<V>,
  source: {
    readonly place: ShardPlace;
    readonly digit: number;
    readonly child?: ShardRef | undefined;
  },
  keys: readonly ByteString[],
): Promise<Shard<V>> {
  const { child, digit, place } = source;
  if (child !== undefined) {
    return updateNode(context, { cid: child.cid, place: childPlace(place, digit, child) }, keys);
  }
  const { items } = await updateItems(context, [], keys);
  return shardOf(context.codec, items, place.prefix.length + 1);
}

async function updateItems<V>(
  context: UpdateContext<V>,
  items: readonly ShardItem<V>[],
  keys: readonly ByteString[],
): Promise<{ readonly items: readonly ShardItem<V>[]; readonly changed: boolean }> {
  const values = new Map(items.map(({ key, value }) => [key, value]));
  let changed = false;
  for (const key of keys) {
    const before = values.get(key);
    const after = await context.resolve(key, before);
    if (after === undefined) {
      changed = values.delete(key) || changed;
    } else if (before === undefined || !context.codec.equal(before, after)) {
      values.set(key, after);
      changed = true;
    }
  }
  if (!changed) return { items, changed };
  const merged = [...values].map(([key, value]) => ({ key, value }));
  return { items: merged.sort((left, right) => compareBytes(left.key, right.key)), changed };
}

async function itemsOf<V>(
  context: UpdateContext<V>,
  place: ShardPlace,
  children: readonly (Shard<V> | undefined)[],
): Promise<ShardItem<V>[]> {
  const items: ShardItem<V>[] = [];
  for (const [digit, child] of children.entries()) {
    if (child?.kind === 'leaf') items.push(...child.items);
    invariant(child?.kind !== 'branch', 'a branch weighs more than a leaf may');
    if (child?.kind === 'stored') {
      const source = {
        cid: child.cid,
        codec: context.codec,
        place: childPlace(place, digit, child),
      };
      await collectItems(context.store, source, items);
    }
  }
  return items.sort((left, right) => compareBytes(left.key, right.key));
}

function groupByDigit(
  keys: readonly ByteString[],
  depth: number,
): Iterable<[number, ByteString[]]> {
  const groups: ByteString[][] = Array.from({ length: BRANCH_FAN_OUT }, () => []);
  for (const key of keys) groups[digitAt(hashOfKey(key), depth)]?.push(key);
  return [...groups.entries()].filter(([, group]) => group.length > 0);
}

function storedPart(child: ShardRef | undefined): StoredPart | undefined {
  return child && { kind: 'stored', ...child };
}

function sizeOf<V>(children: readonly (Shard<V> | undefined)[]): { count: number; weight: number } {
  let count = 0;
  let weight = 0;
  for (const child of children) {
    count += child === undefined ? 0 : countOf(child);
    weight += child?.weight ?? 0;
  }
  return { count, weight };
}
