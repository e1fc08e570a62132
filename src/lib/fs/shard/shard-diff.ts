import type { CID } from 'multiformats/cid';
import type { ByteString } from '../../base/bytes.js';
import type { EncodedNodeReader } from '../node/node-store.js';
import { compareBytes } from '../path.js';
import { encodedItemsOf } from './leaf-items.js';
import type { ShardSource } from './shard-node.js';
import { childPlace, decodeItems, decodeShardBytes, ROOT_PLACE } from './shard-node.js';
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
 * only nodes that the maps do not share, and of two leaves decodes only the items that they do not
 * share; so a fault in an item that both have, byte for byte, is not found.
 *
 * @throws {MonoError} as `getNode`, and `STORE_NODE_INVALID`
 */
export async function diffShardMaps<V>(
  store: EncodedNodeReader,
  codec: ShardCodec<V>,
  maps: { readonly before: CID | undefined; readonly after: CID | undefined },
): Promise<ShardDifference<V>[]> {
  const differences: ShardDifference<V>[] = [];
  const [before, after] = [maps.before, maps.after].map(
    (cid) => cid && { cid, codec, place: ROOT_PLACE },
  );
  await diffParts({ store, codec, differences }, before, after);
  return differences.sort((left, right) => compareBytes(left.key, right.key));
}

interface DiffContext<V> {
  readonly store: EncodedNodeReader;
  readonly codec: ShardCodec<V>;
  readonly differences: ShardDifference<V>[];
}

/** A node of one of the maps as it is stored. */
interface ReadPart<V> extends ShardSource<V> {
  readonly bytes: Uint8Array;
}

async function diffParts<V>(
  context: DiffContext<V>,
  before: ShardSource<V> | undefined,
  after: ShardSource<V> | undefined,
): Promise<void> {
  if (before && after && before.cid.equals(after.cid)) return;
  const first = before && (await readPart(context, before));
  const second = after && (await readPart(context, after));
  if (first && second && diffLeaves(context, first, second)) return;
  await diffDecoded(context, first && decode(first), second && decode(second));
}

async function readPart<V>(
  { store }: DiffContext<V>,
  source: ShardSource<V>,
): Promise<ReadPart<V>> {
  return { ...source, bytes: await store.getBlock(source.cid) };
}

/** Adds what differs between two leaves; returns whether both nodes are leaves. */
function diffLeaves<V>(context: DiffContext<V>, before: ReadPart<V>, after: ReadPart<V>): boolean {
  const [old, young] = [encodedItemsOf(before.bytes), encodedItemsOf(after.bytes)];
  if (old === undefined || young === undefined) return false;
  addDifferences(
    context,
    decodeItems(itemsBeyond(old, young), before),
    decodeItems(itemsBeyond(young, old), after),
  );
  return true;
}

/** Returns those of `items` that are not among `others`. */
function itemsBeyond(items: readonly ByteString[], others: readonly ByteString[]): ByteString[] {
  const known = new Set(others);
  return items.filter((item) => !known.has(item));
}

interface DecodedPart<V> extends ShardSource<V> {
  readonly node: StoredShard<V>;
}

function decode<V>(part: ReadPart<V>): DecodedPart<V> {
  return { ...part, node: decodeShardBytes(part.bytes, part) };
}

async function diffDecoded<V>(
  context: DiffContext<V>,
  before: DecodedPart<V> | undefined,
  after: DecodedPart<V> | undefined,
): Promise<void> {
  if (before?.node.kind === 'branch' && after?.node.kind === 'branch') {
    const young = childrenOf(after, after.node);
    for (const [digit, child] of childrenOf(before, before.node).entries()) {
      await diffParts(context, child, young[digit]);
    }
    return;
  }
  addDifferences(context, await itemsOf(context, before), await itemsOf(context, after));
}

function childrenOf<V>(
  { codec, place }: ShardSource<V>,
  branch: ShardBranch<ShardRef>,
): (ShardSource<V> | undefined)[] {
  return branch.children.map(
    (child, digit) => child && { cid: child.cid, codec, place: childPlace(place, digit, child) },
  );
}

async function itemsOf<V>(
  { store }: DiffContext<V>,
  part: DecodedPart<V> | undefined,
): Promise<readonly ShardItem<V>[]> {
  if (part === undefined) return [];
  if (part.node.kind === 'leaf') return part.node.items;
  const items: ShardItem<V>[] = [];
  await collectItems(store, part, items);
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
