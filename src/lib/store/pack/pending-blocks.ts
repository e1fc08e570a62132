import type { BlockKey } from '../block/block-id.js';
import type { Segment, SegmentBlock } from './segment.js';

/** Blocks that were put and are not in the index yet. */
export class PendingBlocks {
  readonly #blocks = new Map<BlockKey, SegmentBlock>();
  #storedBytes = 0;

  get count(): number {
    return this.#blocks.size;
  }

  /** sum of the blocks' lengths in their packs, in `bytes` */
  get storedBytes(): number {
    return this.#storedBytes;
  }

  get(key: BlockKey): SegmentBlock | undefined {
    return this.#blocks.get(key);
  }

  keys(): IterableIterator<BlockKey> {
    return this.#blocks.keys();
  }

  add(block: SegmentBlock): void {
    this.#blocks.set(block.key, block);
    this.#storedBytes += block.storedBytes;
  }

  /** Forgets the blocks of segments that are in the index now. */
  removeAll(segments: readonly Segment[]): void {
    for (const { blocks } of segments) {
      for (const block of blocks) {
        this.#blocks.delete(block.key);
        this.#storedBytes -= block.storedBytes;
      }
    }
  }
}
