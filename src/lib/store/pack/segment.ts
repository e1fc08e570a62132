import type { BlockKey } from '../block/block-id.js';
import {
  alignUp,
  encodeTable,
  MAX_SEGMENT_BLOCKS,
  tableBytes,
  type PackKind,
  type SegmentEntry,
} from './pack-format.js';
import type { PackedBlock } from './packed-block.js';

/** A block as it waits in a segment. */
export interface SegmentBlock {
  readonly key: BlockKey;
  readonly segment: Segment;
  /** from the first block of the segment, in `bytes` */
  readonly startBytes: number;
  /** as in `ENCODING` */
  readonly encoding: number;
  /** length in the segment in `bytes` */
  readonly storedBytes: number;
  /** length of the block itself in `bytes` */
  readonly sizeBytes: number;
}

/** Where a segment was written. */
export interface SegmentHome {
  /** number of the pack in the index */
  readonly pack: number;
  readonly packId: string;
  /** of the segment in the pack, in `bytes` */
  readonly offsetBytes: number;
}

/**
 * Blocks that are written together: first they gather in a buffer, then the segment is encoded and
 * written, then it has a home and the buffer is free.
 */
export class Segment {
  readonly kind: PackKind;
  readonly blocks: SegmentBlock[] = [];
  #buffer: Buffer | undefined;
  #usedBytes = 0;
  #home: SegmentHome | undefined;

  /** Takes ownership of `buffer` until {@link Segment.settle} returns it. */
  constructor(kind: PackKind, buffer: Buffer) {
    this.kind = kind;
    this.#buffer = buffer;
  }

  /** where the segment lies, once it was written */
  get home(): SegmentHome | undefined {
    return this.#home;
  }

  /** length of the whole segment in `bytes` */
  get segmentBytes(): number {
    return tableBytes(this.blocks.length, this.kind) + this.#usedBytes;
  }

  /** Returns whether a block that takes `storedBytes` can still be added. */
  fits(storedBytes: number): boolean {
    const capacity = this.#buffer?.length ?? 0;
    return fitsSegment(
      { count: this.blocks.length, usedBytes: this.#usedBytes, capacityBytes: capacity },
      alignUp(storedBytes, this.kind),
    );
  }

  /** Copies a block, which fits, to the end of the segment. */
  append(key: BlockKey, { encoding, stored, sizeBytes }: PackedBlock): SegmentBlock {
    const startBytes = this.#usedBytes;
    const storedBytes = stored.length;
    const end = startBytes + storedBytes;
    this.#usedBytes = alignUp(end, this.kind);
    this.#buffer?.set(stored, startBytes);
    this.#buffer?.fill(0, end, this.#usedBytes);
    const block = { key, segment: this, startBytes, encoding, storedBytes, sizeBytes };
    this.blocks.push(block);
    return block;
  }

  /** Returns a copy of what is stored of a block, `undefined` once it is no longer in memory. */
  read(block: SegmentBlock): Uint8Array | undefined {
    const { startBytes, storedBytes } = block;
    return (
      this.#buffer && Uint8Array.from(this.#buffer.subarray(startBytes, startBytes + storedBytes))
    );
  }

  /** Returns what stands at `offsetBytes` of the pack once the segment is written: table and blocks. */
  encode(packId: string, offsetBytes: number): readonly [table: Uint8Array, blocks: Uint8Array] {
    const first = tableBytes(this.blocks.length, this.kind);
    const entries = this.blocks.map((block): SegmentEntry => ({
      key: block.key,
      encoding: block.encoding,
      offsetBytes: first + block.startBytes,
      storedBytes: block.storedBytes,
      sizeBytes: block.sizeBytes,
    }));
    const table = { segmentBytes: this.segmentBytes, entries };
    const blocks = this.#buffer?.subarray(0, this.#usedBytes) ?? new Uint8Array(0);
    return [encodeTable(table, { packId, offsetBytes }, this.kind), blocks];
  }

  /** Records where the segment was written, and returns its buffer for the next one. */
  settle(home: SegmentHome): Buffer | undefined {
    const buffer = this.#buffer;
    this.#buffer = undefined;
    this.#home = home;
    return buffer;
  }

  /** Returns the offset of a block in the pack in bytes, once the segment has a home. */
  offsetOf(block: SegmentBlock): number | undefined {
    if (!this.#home) return undefined;
    return this.#home.offsetBytes + tableBytes(this.blocks.length, this.kind) + block.startBytes;
  }
}

/** Returns whether a segment with this much in it can take `alignedBytes` more. */
export function fitsSegment(
  state: { readonly count: number; readonly usedBytes: number; readonly capacityBytes: number },
  alignedBytes: number,
): boolean {
  return state.count < MAX_SEGMENT_BLOCKS && state.usedBytes + alignedBytes <= state.capacityBytes;
}
