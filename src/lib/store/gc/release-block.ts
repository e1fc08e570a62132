import { cidOfKey, codecOfKey, NODE_CODEC, type BlockKey } from '../block/block-id.js';
import type { Released } from '../ipld-store.js';
import { linkedKeys } from '../block/links-of.js';

/** What releasing needs of a backend. Deletions and counts are to change together or not at all. */
export interface ReleaseTarget {
  sizeOf(key: BlockKey): number | undefined;
  /** Returns the number of blocks that link to the block, plus its pins. */
  countReferences(key: BlockKey): number;
  dropPin(key: BlockKey): void;
  /** Counts one linking block less. */
  dropLink(key: BlockKey): void;
  readNode(key: BlockKey): Uint8Array;
  deleteBlock(key: BlockKey): void;
}

/**
 * Drops a pin of a block and deletes what has no reference left. A block below several deleted ones
 * is deleted with the last of them, once.
 *
 * @throws {MonoError} `STORE_BLOCK_CORRUPT`, `STORE_NODE_INVALID`
 */
export function releaseBlock(root: BlockKey, target: ReleaseTarget): Released {
  let deletedBlocks = 0;
  let deletedBytes = 0;
  target.dropPin(root);
  const candidates = [root];
  for (let key = candidates.pop(); key !== undefined; key = candidates.pop()) {
    const sizeBytes = target.sizeOf(key);
    if (sizeBytes === undefined || target.countReferences(key) > 0) continue;
    const isNode = codecOfKey(key) === NODE_CODEC;
    const links = isNode ? linkedKeys(cidOfKey(key), target.readNode(key)) : [];
    target.deleteBlock(key);
    deletedBlocks += 1;
    deletedBytes += sizeBytes;
    for (const link of links) {
      target.dropLink(link);
      candidates.push(link);
    }
  }
  return { deletedBlocks, deletedBytes };
}
