import type { CID } from 'multiformats/cid';
import type { BlockKey } from '../block/block-id.js';
import type { GcOptions, GcResult, Released } from '../ipld-store.js';

/** A block and what it is found by. */
export interface KeyedBlock {
  readonly key: BlockKey;
  readonly bytes: Uint8Array;
}

/**
 * Where blocks are kept: the part in which stores differ. Keys are made from the bytes by the
 * caller, so a backend need not check what it is given, but it checks what it reads from a medium.
 */
export interface BlockBackend {
  /** Keeps the block; `bytes` belong to the caller again once this returns or resolves. Idempotent. */
  put(key: BlockKey, bytes: Uint8Array): void | Promise<void>;
  /** Keeps blocks, in order, as `put` keeps each; where many at once cost less than one by one. */
  putAll?(blocks: readonly KeyedBlock[]): Promise<void>;
  /**
   * Returns the bytes of the block, which nobody may change, or `undefined` where there is none.
   *
   * @throws {MonoError} `STORE_BLOCK_CORRUPT` when they no longer match the key
   */
  get(key: BlockKey): Uint8Array | undefined | Promise<Uint8Array | undefined>;
  /**
   * Gives those of the blocks to `take` that are read quicker together than one by one, checked
   * against their keys, and returns the positions of the others. `bytes` are lent until `take` returns.
   */
  getMany?(
    keys: readonly BlockKey[],
    take: (bytes: Uint8Array, position: number) => void,
  ): Promise<readonly number[]>;
  /** Returns the length of the block in bytes without reading it, `undefined` where there is none. */
  sizeOf(key: BlockKey): number | undefined | Promise<number | undefined>;
  countBlocks(): number | Promise<number>;
  /** Adds a pin to a block that is there. */
  pin(key: BlockKey): void | Promise<void>;
  /** Returns the number of stored blocks that link to the block, plus its pins. */
  countReferences(key: BlockKey): number | Promise<number>;
  /** Drops a pin of the block and deletes what has no reference left. */
  release(key: BlockKey): Released | Promise<Released>;
  gc(
    roots: Iterable<CID> | AsyncIterable<CID>,
    options: GcOptions & { readonly dryRun: boolean },
  ): Promise<GcResult>;
  flush(): Promise<void>;
  close(): Promise<void>;
}
