import { BLOCK_BYTES, KIND_COUNT, OPERATION, PATTERN_COUNT } from './framing.js';

/** From this size in `bytes` on a part of the framing is complete. */
export const PART_BYTES = 64 * 1024;

/** From this number of contents on a part is complete: their links then take some 50 KiB. */
export const PART_CONTENTS = 1024;

/** More than any operation takes: a block whose every fourth byte is another one has 3 bytes for it. */
const MAX_OPERATION_BYTES = 4 * BLOCK_BYTES;

/** Changes with fewer equal bytes between them are written as one: a change takes two bytes more. */
const JOINED_GAP_BYTES = 3;

const WORD_BYTES = Uint32Array.BYTES_PER_ELEMENT;
const BLOCK_WORDS = BLOCK_BYTES / WORD_BYTES;

/** A block as bytes and as words: most words of two headers are equal. */
class Block {
  readonly bytes = new Uint8Array(BLOCK_BYTES);
  readonly words = new Uint32Array(this.bytes.buffer);
}

const ZERO_BLOCK = new Block();

/** A part of the framing, which can be decoded by itself. */
export interface FramingPart {
  readonly framing: Uint8Array;
  /** how many contents stand in it */
  readonly contentCount: number;
}

/**
 * Writes framing as operations. What comes out depends on the bytes and the places of the contents
 * alone, not on how the bytes are sliced.
 */
export class FramingEncoder {
  readonly #buffer = new Uint8Array(PART_BYTES + 2 * MAX_OPERATION_BYTES);
  #sizeBytes = 0;
  #contentCount = 0;
  #parts: FramingPart[] = [];
  /** zeros that are not written yet */
  #zeros = 0;
  /** the last blocks that were not zero, the latest first */
  #patterns: Block[] = [];
  /** the beginning of a block that has not come as a whole */
  #block = new Block();
  #blockBytes = 0;
  /** offset in the archive of the next byte, modulo the size of a block */
  #phase = 0;

  /** Adds framing bytes, which are copied. */
  addFraming(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length) {
      const room = BLOCK_BYTES - this.#phase;
      const piece = bytes.subarray(at, at + room);
      this.#block.bytes.set(piece, this.#blockBytes);
      this.#blockBytes += piece.length;
      this.#phase = (this.#phase + piece.length) % BLOCK_BYTES;
      at += piece.length;
      if (this.#phase === 0) this.#endBlock();
    }
  }

  /** Adds the place of a content of `sizeBytes`. */
  addContent(sizeBytes: number): void {
    this.#endBlock();
    this.#writeZeros();
    this.#writeVarint(OPERATION.content);
    this.#phase = (this.#phase + sizeBytes) % BLOCK_BYTES;
    this.#contentCount += 1;
    this.#endOperation();
  }

  /** Ends the framing. */
  end(): void {
    this.#endBlock();
    this.#writeZeros();
    if (this.#sizeBytes > 0) this.#endPart();
  }

  /** Returns the parts that were completed since the last call. */
  takeParts(): readonly FramingPart[] {
    const parts = this.#parts;
    this.#parts = [];
    return parts;
  }

  /** What has come of a block up to here is written: a whole block, or a piece at a content. */
  #endBlock(): void {
    const bytes = this.#block.bytes.subarray(0, this.#blockBytes);
    this.#blockBytes = 0;
    if (isZero(bytes)) {
      this.#zeros += bytes.length;
      return;
    }
    this.#writeZeros();
    if (bytes.length === BLOCK_BYTES) {
      this.#writeBlock(this.#block);
      this.#block = new Block();
    } else {
      this.#writeVarint(bytes.length * KIND_COUNT + OPERATION.literal);
      this.#write(bytes);
    }
    this.#endOperation();
  }

  #writeBlock(block: Block): void {
    const { pattern, distance } = closest(block, this.#patterns);
    const changes = changesOf(block, pattern);
    this.#writeVarint(distance * KIND_COUNT + OPERATION.block);
    this.#writeVarint(changes.length);
    let last = 0;
    for (const { start, end } of changes) {
      this.#writeVarint(start - last);
      this.#writeVarint(end - start);
      this.#write(block.bytes.subarray(start, end));
      last = end;
    }
    this.#patterns = [block, ...this.#patterns.slice(0, PATTERN_COUNT - 1)];
  }

  #writeZeros(): void {
    if (this.#zeros === 0) return;
    this.#writeVarint(this.#zeros * KIND_COUNT + OPERATION.zeros);
    this.#zeros = 0;
    this.#endOperation();
  }

  #endOperation(): void {
    const isFull = this.#sizeBytes >= PART_BYTES || this.#contentCount >= PART_CONTENTS;
    if (isFull) this.#endPart();
  }

  #endPart(): void {
    const framing = this.#buffer.slice(0, this.#sizeBytes);
    this.#parts.push({ framing, contentCount: this.#contentCount });
    this.#sizeBytes = 0;
    this.#contentCount = 0;
    this.#patterns = [];
  }

  #write(bytes: Uint8Array): void {
    this.#buffer.set(bytes, this.#sizeBytes);
    this.#sizeBytes += bytes.length;
  }

  /** Seven bits a byte, the lowest first; the high bit says that another byte follows. */
  #writeVarint(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.#buffer[this.#sizeBytes++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#buffer[this.#sizeBytes++] = rest;
  }
}

function isZero(bytes: Uint8Array): boolean {
  for (const byte of bytes) if (byte !== 0) return false;
  return true;
}

/** What a block is written as a change of: the zero block at 0, or one of those before. */
interface Pattern {
  readonly pattern: Block;
  readonly distance: number;
}

/** Returns the pattern from which the fewest bytes of `block` differ; of equals, the latest. */
function closest(block: Block, patterns: readonly Block[]): Pattern {
  let best: Pattern = { pattern: ZERO_BLOCK, distance: 0 };
  let fewest = differingBytes(block, ZERO_BLOCK, BLOCK_BYTES);
  for (const [index, pattern] of patterns.entries()) {
    const count = differingBytes(block, pattern, fewest);
    if (count >= fewest) continue;
    fewest = count;
    best = { pattern, distance: index + 1 };
  }
  return best;
}

/** Returns how many bytes differ, or `limit` when they are at least as many. */
function differingBytes(left: Block, right: Block, limit: number): number {
  let count = 0;
  for (let word = 0; word < BLOCK_WORDS && count < limit; word++) {
    if (left.words[word] === right.words[word]) continue;
    const end = (word + 1) * WORD_BYTES;
    for (let at = end - WORD_BYTES; at < end; at++) {
      if (left.bytes[at] !== right.bytes[at]) count++;
    }
  }
  return Math.min(count, limit);
}

interface Change {
  readonly start: number;
  end: number;
}

function changesOf(block: Block, pattern: Block): Change[] {
  const changes: Change[] = [];
  let last: Change | undefined;
  for (let at = 0; at < BLOCK_BYTES; at++) {
    if (block.bytes[at] === pattern.bytes[at]) continue;
    if (last && at - last.end < JOINED_GAP_BYTES) last.end = at + 1;
    else {
      last = { start: at, end: at + 1 };
      changes.push(last);
    }
  }
  return changes;
}
