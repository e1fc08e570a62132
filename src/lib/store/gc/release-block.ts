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

/** What stands in a block that is about to be deleted. */
export interface ReleasedBlock {
  readonly sizeBytes: number;
  readonly links: Iterable<BlockKey>;
}

/**
 * Drops a pin of a block and deletes what has no reference left. A block below several deleted ones
 * is deleted with the last of them, once.
 *
 * @throws {MonoError} `STORE_BLOCK_CORRUPT`, `STORE_NODE_INVALID`
 */
export function releaseBlock(root: BlockKey, target: ReleaseTarget): Released {
  const steps = releaseSteps(root, target);
  let step = steps.next();
  while (!step.done) step = steps.next(inspect(step.value, target));
  return step.value;
}

/**
 * Does as {@link releaseBlock}, for a backend that cannot read at once: yields the key of each block
 * that it has to know, and takes what stands in it, `undefined` for a block that is not there.
 */
export function* releaseSteps(
  root: BlockKey,
  target: Omit<ReleaseTarget, 'sizeOf' | 'readNode'>,
): Generator<BlockKey, Released, ReleasedBlock | undefined> {
  let deletedBlocks = 0;
  let deletedBytes = 0;
  target.dropPin(root);
  const candidates = [root];
  for (let key = candidates.pop(); key !== undefined; key = candidates.pop()) {
    if (target.countReferences(key) > 0) continue;
    const block = yield key;
    if (!block) continue;
    target.deleteBlock(key);
    deletedBlocks += 1;
    deletedBytes += block.sizeBytes;
    for (const link of block.links) {
      target.dropLink(link);
      candidates.push(link);
    }
  }
  return { deletedBlocks, deletedBytes };
}

function inspect(key: BlockKey, target: ReleaseTarget): ReleasedBlock | undefined {
  const sizeBytes = target.sizeOf(key);
  if (sizeBytes === undefined) return undefined;
  const isNode = codecOfKey(key) === NODE_CODEC;
  return { sizeBytes, links: isNode ? linkedKeys(cidOfKey(key), target.readNode(key)) : [] };
}
