/** Encoding and decoding of the nodes of a shard map (docs/formats/monofs.md#shard-maps). */
import type { CID } from 'multiformats/cid';
import type { ByteString } from '../../base/bytes.js';
import { bytesOfByteString } from '../../base/bytes.js';
import { decodeNode } from '../../store/block/links-of.js';
import type { NodeReader } from '../../store/ipld-store.js';
import { BRANCH_FAN_OUT, MAX_ITEM_WEIGHT, MAX_LEAF_WEIGHT } from '../limits.js';
import {
  DAG_CBOR,
  expectByteString,
  expectCid,
  expectList,
  expectUint,
} from '../node/node-value.js';
import { decodedNode, NodeProblem, readNode } from '../node/read-node.js';
import { hashOfKey, MAX_SHARD_DEPTH } from './key-hash.js';
import type { ShardCodec, ShardItem, ShardLeaf, ShardRef, StoredShard } from './shard.js';

const LEAF = 0;
const BRANCH = 1;

/** Where in a map a node stands: what its parent says of it, and what its keys have in common. */
export interface ShardPlace {
  /** hexadecimal digits that the hash of every key below begins with */
  readonly prefix: string;
  /** what the parent says; `undefined` for the root */
  readonly expected: ShardRef | undefined;
}

/** The place of the root of a map. */
export const ROOT_PLACE: ShardPlace = { prefix: '', expected: undefined };

/** Returns the place of the child `digit` of the node at `place`. */
export function childPlace(place: ShardPlace, digit: number, expected: ShardRef): ShardPlace {
  return { prefix: place.prefix + digit.toString(16), expected };
}

/** A node of a shard map. */
export interface ShardSource<V> {
  readonly cid: CID;
  readonly codec: ShardCodec<V>;
  readonly place: ShardPlace;
}

/**
 * Reads one node of a shard map.
 *
 * @throws {MonoError} as `getNode`, and `STORE_NODE_INVALID` unless the node is canonical, belongs
 *   at `place`, and weighs and counts what its parent says
 */
export async function readShard<V>(
  store: NodeReader,
  source: ShardSource<V>,
): Promise<StoredShard<V>> {
  return readNode(store, source.cid, (value) => decodeShard(value, source));
}

/**
 * Returns the node that `bytes`, the block `source.cid`, encode.
 *
 * @throws {MonoError} `STORE_NODE_INVALID` as {@link readShard}
 */
export function decodeShardBytes<V>(bytes: Uint8Array, source: ShardSource<V>): StoredShard<V> {
  const value = decodeNode(source.cid, bytes);
  return decodedNode(source.cid, value, (node) => decodeShard(node, source));
}

/**
 * Returns some of the items of the leaf `source.cid`, by their encoding.
 *
 * @throws {MonoError} `STORE_NODE_INVALID` unless a canonical leaf can have these items at `place`
 */
export function decodeItems<V>(
  encoded: readonly ByteString[],
  source: ShardSource<V>,
): readonly ShardItem<V>[] {
  if (encoded.length === 0) return [];
  const { cid, codec, place } = source;
  const list = encoded.map((item) => decodeNode(cid, bytesOfByteString(item)));
  const part = { codec, place: { ...place, expected: undefined } };
  return decodedNode(cid, list, () => decodeLeaf(list, part)).items;
}

/** Returns the dag-cbor value of a leaf. */
export function encodeLeaf<V>(codec: ShardCodec<V>, items: readonly ShardItem<V>[]): unknown {
  return [LEAF, items.map(({ key, value }) => [bytesOfByteString(key), ...codec.encode(value)])];
}

/** Returns the dag-cbor value of a branch. */
export function encodeBranch(children: readonly (ShardRef | undefined)[]): unknown {
  const list = children.flatMap((child, digit) =>
    child === undefined ? [] : [[digit, child.cid, child.count, child.weight]],
  );
  return [BRANCH, list];
}

/** Returns the weight of `items` together. */
export function weigh<V>(codec: ShardCodec<V>, items: readonly ShardItem<V>[]): number {
  return items.reduce((sum, { key, value }) => sum + codec.weigh(key, value), 0);
}

function decodeShard<V>(
  value: unknown,
  { codec, place }: { readonly codec: ShardCodec<V>; readonly place: ShardPlace },
): StoredShard<V> {
  const [kind, content] = expectList(value, `a ${codec.what} node`, 2);
  const list = expectList(content, `the content of a ${codec.what} node`);
  if (kind === LEAF) return decodeLeaf(list, { codec, place });
  if (kind === BRANCH) return { kind: 'branch', children: decodeBranch(list, place) };
  throw new NodeProblem(`a ${codec.what} node is neither a leaf nor a branch`);
}

function decodeLeaf<V>(
  list: readonly unknown[],
  { codec, place }: { readonly codec: ShardCodec<V>; readonly place: ShardPlace },
): ShardLeaf<V> {
  const items: ShardItem<V>[] = [];
  let weight = 0;
  for (const value of list) {
    const item = decodeItem(value, codec);
    const previous = items.at(-1);
    if (previous && item.key <= previous.key) throw new NodeProblem('keys are not in order');
    if (place.prefix !== '' && !hashOfKey(item.key).startsWith(place.prefix)) {
      throw new NodeProblem('a key stands in the wrong branch');
    }
    const itemWeight = codec.weigh(item.key, item.value);
    if (itemWeight > MAX_ITEM_WEIGHT) throw new NodeProblem('an item is too large');
    weight += itemWeight;
    items.push(item);
  }
  if (weight > MAX_LEAF_WEIGHT && items.length > 1) throw new NodeProblem('a leaf is too large');
  if (items.length === 0 && place.expected) throw new NodeProblem('a leaf is empty');
  checkExpected(place, { count: items.length, weight });
  return { kind: 'leaf', items };
}

function decodeItem<V>(value: unknown, codec: ShardCodec<V>): ShardItem<V> {
  const list = expectList(value, 'an item');
  const key = expectByteString(list[0], 'a key');
  const problem = codec.problemOfKey(key);
  if (problem !== undefined) throw new NodeProblem(problem);
  return { key, value: codec.decode(list.slice(1), key) };
}

function decodeBranch(list: readonly unknown[], place: ShardPlace): (ShardRef | undefined)[] {
  if (place.prefix.length >= MAX_SHARD_DEPTH) throw new NodeProblem('branches are too deep');
  const children: (ShardRef | undefined)[] = Array.from({ length: BRANCH_FAN_OUT });
  let previous = -1;
  let count = 0;
  let weight = 0;
  for (const value of list) {
    const child = expectList(value, 'a child', 4);
    const digit = expectUint(child[0], 'the digit of a child', BRANCH_FAN_OUT - 1);
    if (digit <= previous) throw new NodeProblem('children are not in order');
    const ref = {
      cid: expectCid(child[1], 'a child', [DAG_CBOR]),
      count: expectUint(child[2], 'the count of a child'),
      weight: expectUint(child[3], 'the weight of a child'),
    };
    if (ref.count === 0) throw new NodeProblem('a child is empty');
    children[digit] = ref;
    previous = digit;
    count += ref.count;
    weight += ref.weight;
  }
  if (weight <= MAX_LEAF_WEIGHT || count <= 1) throw new NodeProblem('a branch is too small');
  checkExpected(place, { count, weight });
  return children;
}

function checkExpected(place: ShardPlace, found: { count: number; weight: number }): void {
  const { expected } = place;
  if (expected && (expected.count !== found.count || expected.weight !== found.weight)) {
    throw new NodeProblem('a node does not have the count and weight that its parent states');
  }
}
