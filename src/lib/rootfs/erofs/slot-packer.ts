import { BLOCK_BYTES, INODE_BYTES, roundUp, SLOT_BYTES } from './erofs-format.js';

/** How many partly filled blocks are looked at for a place. */
const MAX_OPEN_BLOCKS = 64;

/**
 * How far behind the newest block, in blocks, a place may be found (half a MiB). It bounds what the
 * writer keeps in memory, and keeps inodes near their siblings.
 */
export const MAX_LOOKBACK_BLOCKS = 127;

interface OpenBlock {
  readonly block: number;
  freeBytes: number;
}

/**
 * Gives out places for inodes with what follows them. One that fits into a block never crosses a
 * block's border: the kernel reads a tail through one block. Best fit among a bounded number of open
 * blocks, so that a block half taken by one tail is filled up by small inodes later.
 */
export class SlotPacker {
  #nextBlock: number;
  #open: OpenBlock[] = [];

  /** Starts at block `firstBlock`. */
  constructor(firstBlock: number) {
    this.#nextBlock = firstBlock;
  }

  /** Block behind the last one given out. */
  get endBlock(): number {
    return this.#nextBlock;
  }

  /** Returns the offset in bytes, a multiple of a slot, of a place of at least `sizeBytes`. */
  place(sizeBytes: number): number {
    const bytes = roundUp(sizeBytes, SLOT_BYTES);
    const open = bytes <= BLOCK_BYTES ? this.#bestFit(bytes) : undefined;
    if (!open) return this.#startBlocks(bytes);
    const offset = (open.block + 1) * BLOCK_BYTES - open.freeBytes;
    open.freeBytes -= bytes;
    if (open.freeBytes < INODE_BYTES) this.#open = this.#open.filter((other) => other !== open);
    return offset;
  }

  #bestFit(bytes: number): OpenBlock | undefined {
    let best: OpenBlock | undefined;
    for (const open of this.#open) {
      if (open.freeBytes >= bytes && (!best || open.freeBytes < best.freeBytes)) best = open;
    }
    return best;
  }

  #startBlocks(bytes: number): number {
    const first = this.#nextBlock;
    this.#nextBlock += Math.ceil(bytes / BLOCK_BYTES);
    const freeBytes = (this.#nextBlock - first) * BLOCK_BYTES - bytes;
    const oldest = this.#nextBlock - 1 - MAX_LOOKBACK_BLOCKS;
    this.#open = this.#open.filter(({ block }) => block >= oldest);
    if (this.#open.length === MAX_OPEN_BLOCKS) this.#closeFullest();
    if (freeBytes >= INODE_BYTES) this.#open.push({ block: this.#nextBlock - 1, freeBytes });
    return first * BLOCK_BYTES;
  }

  #closeFullest(): void {
    const fullest = this.#open.reduce((a, b) => (b.freeBytes < a.freeBytes ? b : a));
    this.#open = this.#open.filter((open) => open !== fullest);
  }
}
