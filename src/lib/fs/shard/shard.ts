/**
 * A *shard map*: a map from byte strings to values, kept as a trie of nodes. What the nodes look
 * like, and so the CID of the root, depends on the items alone and never on the order of edits:
 *
 * - items that weigh at most `MAX_LEAF_WEIGHT` together, or a single item, are one leaf;
 * - any others are a branch, which parts them by the next hexadecimal digit of sha-256(key).
 *
 * @see docs/formats/monofs.md#shard-maps
 */
import type { CID } from 'multiformats/cid';
import type { ByteString } from '../../base/bytes.js';

/** A key with its value. */
export interface ShardItem<V> {
  readonly key: ByteString;
  readonly value: V;
}

/** How the values of a kind of shard map are written. */
export interface ShardCodec<V> {
  /** what the map is, for messages: `directory` */
  readonly what: string;
  readonly encode: (value: V) => unknown[];
  /** Returns the value; throws a `NodeProblem` for anything that `encode` does not produce. */
  readonly decode: (value: unknown, key: ByteString) => V;
  readonly equal: (left: V, right: V) => boolean;
  /** Returns an upper bound of the encoded size of the item in `bytes`. */
  readonly weigh: (key: ByteString, value: V) => number;
  readonly problemOfKey: (key: ByteString) => string | undefined;
}

/** What a branch says about a child. */
export interface ShardRef {
  readonly cid: CID;
  /** number of items below */
  readonly count: number;
  /** weight of all items below */
  readonly weight: number;
}

/** A node with items, sorted by key. */
export interface ShardLeaf<V> {
  readonly kind: 'leaf';
  readonly items: readonly ShardItem<V>[];
}

/** A node with children, by the hexadecimal digit that their keys have in common. */
export interface ShardBranch<C> {
  readonly kind: 'branch';
  readonly children: readonly (C | undefined)[];
}

/** A node as it is stored. */
export type StoredShard<V> = ShardLeaf<V> | ShardBranch<ShardRef>;

/** Part of a map while it changes: something stored, or something that is not stored yet. */
export type Shard<V> = StoredPart | PendingLeaf<V> | PendingBranch<V>;

/** A part that is stored as it is. */
export interface StoredPart extends ShardRef {
  readonly kind: 'stored';
}

/** A leaf that is not stored yet. */
export interface PendingLeaf<V> extends ShardLeaf<V> {
  readonly weight: number;
}

/** A branch that is not stored yet. */
export interface PendingBranch<V> extends ShardBranch<Shard<V>> {
  readonly count: number;
  readonly weight: number;
}
