import { BLOCK_KEY_BYTES, bytesOfKey, keyFromBytes, type BlockKey } from '../block/block-id.js';
import type { NewBlockRow } from './index/block-table.js';
import type { PackIndex } from './index/pack-index.js';

/**
 * All rows of the index in arrays, 59 bytes per block, in the order of the keys, with a mark on each:
 * what a collection works on. A block's number is its position.
 */
export class BlockLedger {
  readonly count: number;
  readonly #keys: Buffer;
  /** the codec and the first three bytes of the hash of each key, big-endian */
  readonly #prefixes: Uint32Array;
  readonly #packs: Uint32Array;
  readonly #offsets: Float64Array;
  readonly #stored: Uint32Array;
  readonly #sizes: Uint32Array;
  readonly #encodings: Uint8Array;
  readonly #marks: Uint8Array;

  /** Reads the index once. */
  constructor(index: PackIndex) {
    const capacity = index.blocks.count();
    this.count = capacity;
    this.#keys = Buffer.alloc(capacity * BLOCK_KEY_BYTES);
    this.#prefixes = new Uint32Array(capacity);
    this.#packs = new Uint32Array(capacity);
    this.#offsets = new Float64Array(capacity);
    this.#stored = new Uint32Array(capacity);
    this.#sizes = new Uint32Array(capacity);
    this.#encodings = new Uint8Array(capacity);
    this.#marks = new Uint8Array(capacity);
    let number = 0;
    for (const row of index.blocks.all()) {
      this.#keys.set(row.key, number * BLOCK_KEY_BYTES);
      this.#prefixes[number] = this.#keys.readUInt32BE(number * BLOCK_KEY_BYTES);
      this.#packs[number] = row.pack;
      this.#offsets[number] = row.offset;
      this.#stored[number] = row.stored;
      this.#sizes[number] = row.size;
      this.#encodings[number] = row.encoding;
      number += 1;
    }
  }

  mark(key: BlockKey): 'marked' | 'before' | 'absent' {
    const number = this.#find(bytesOfKey(key));
    if (number === undefined) return 'absent';
    if (this.isMarked(number)) return 'before';
    this.#marks[number] = 1;
    return 'marked';
  }

  isMarked(number: number): boolean {
    return this.#marks[number] === 1;
  }

  packOf(number: number): number {
    return this.#packs[number] ?? 0;
  }

  row(number: number): NewBlockRow {
    return {
      key: keyFromBytes(this.#keyBytes(number)),
      pack: this.packOf(number),
      offset: this.#offsets[number] ?? 0,
      stored: this.#stored[number] ?? 0,
      size: this.#sizes[number] ?? 0,
      encoding: this.#encodings[number] ?? 0,
    };
  }

  storedBytes(number: number): number {
    return this.#stored[number] ?? 0;
  }

  sizeBytes(number: number): number {
    return this.#sizes[number] ?? 0;
  }

  /** Compares two blocks by pack, then by offset. */
  compareByPlace(a: number, b: number): number {
    return this.packOf(a) - this.packOf(b) || (this.#offsets[a] ?? 0) - (this.#offsets[b] ?? 0);
  }

  #find(key: Buffer): number | undefined {
    const prefix = key.readUInt32BE(0);
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const order = (this.#prefixes[middle] ?? 0) - prefix || this.#compare(middle, key);
      if (order === 0) return middle;
      if (order < 0) low = middle + 1;
      else high = middle;
    }
    return undefined;
  }

  #compare(number: number, key: Buffer): number {
    return this.#keyBytes(number).compare(key);
  }

  #keyBytes(number: number): Buffer {
    return this.#keys.subarray(number * BLOCK_KEY_BYTES, (number + 1) * BLOCK_KEY_BYTES);
  }
}
