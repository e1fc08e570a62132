import type { CID } from 'multiformats/cid';
import type { BlockKey } from './block-id.js';
import type { GcResult } from './ipld-store.js';

/**
 * Where blocks are kept: the part in which stores differ. Keys are made from the bytes by the
 * caller, so a backend need not check what it is given, but it checks what it reads from a medium.
 */
export interface BlockBackend {
  /** Keeps the block; `bytes` belong to the caller again once this returns or resolves. Idempotent. */
  put(key: BlockKey, bytes: Uint8Array): void | Promise<void>;
  /**
   * Returns the bytes of the block, which nobody may change, or `undefined` where there is none.
   *
   * @throws {MonoError} `STORE_BLOCK_CORRUPT` when they no longer match the key
   */
  get(key: BlockKey): Uint8Array | undefined | Promise<Uint8Array | undefined>;
  /** Returns the length of the block in bytes without reading it, `undefined` where there is none. */
  sizeOf(key: BlockKey): number | undefined;
  countBlocks(): number;
  gc(
    roots: Iterable<CID> | AsyncIterable<CID>,
    options: { readonly dryRun: boolean },
  ): Promise<GcResult>;
  flush(): Promise<void>;
  close(): Promise<void>;
}
