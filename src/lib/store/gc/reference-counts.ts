import type { BlockKey } from '../block/block-id.js';

/** Counts of references in memory. A key counts whether or not its block is there. */
export class ReferenceCounts {
  readonly #links = new Map<BlockKey, number>();
  readonly #pins = new Map<BlockKey, number>();

  of(key: BlockKey): number {
    return (this.#links.get(key) ?? 0) + this.pinsOf(key);
  }

  pinsOf(key: BlockKey): number {
    return this.#pins.get(key) ?? 0;
  }

  pinned(): Iterable<BlockKey> {
    return this.#pins.keys();
  }

  addLink(key: BlockKey): void {
    add(this.#links, key, 1);
  }

  dropLink(key: BlockKey): void {
    add(this.#links, key, -1);
  }

  addPin(key: BlockKey): void {
    add(this.#pins, key, 1);
  }

  /** Drops one pin, if there is any. */
  dropPin(key: BlockKey): void {
    if (this.#pins.has(key)) add(this.#pins, key, -1);
  }
}

function add(counts: Map<BlockKey, number>, key: BlockKey, change: 1 | -1): void {
  const count = (counts.get(key) ?? 0) + change;
  if (count === 0) counts.delete(key);
  else counts.set(key, count);
}
