import type { ByteSource } from '../../base/bytes.js';
import type { Chunker } from './chunker.js';

/** Finds the ends of the chunks of one stream, which it is fed piece by piece. */
export interface CutFinder {
  /**
   * Takes the bytes of `piece` from `start` on. Returns the index behind the end of the current
   * chunk, and has taken only the bytes before it, or -1 when the chunk goes on behind the piece.
   */
  next(piece: Uint8Array, start: number): number;
}

/** Returns the chunker that cuts each stream where a finder made for it says. */
export function cutStream(createFinder: () => CutFinder, wholeUpToBytes: number): Chunker {
  return Object.assign((source: ByteSource) => cut(source, createFinder()), {
    wholeUpToBytes,
    chunksOf: (whole: Uint8Array) => cutWhole(whole, createFinder()),
  });
}

function cutWhole(whole: Uint8Array, finder: CutFinder): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  let start = 0;
  while (start < whole.length) {
    const cut = finder.next(whole, start);
    const end = cut < 0 ? whole.length : cut;
    chunks.push(whole.subarray(start, end));
    start = end;
  }
  return chunks;
}

/** First capacity of the buffer of a chunk that reaches over several pieces, in bytes. */
const FIRST_CAPACITY_BYTES = 64 * 1024;

async function* cut(source: ByteSource, finder: CutFinder): AsyncGenerator<Uint8Array> {
  const open = new OpenChunk();
  for await (const piece of source) {
    let start = 0;
    while (start < piece.length) {
      const end = finder.next(piece, start);
      if (end < 0) break;
      yield open.finish(piece.subarray(start, end));
      start = end;
    }
    open.add(piece.subarray(start));
  }
  if (open.sizeBytes > 0) yield open.finish(new Uint8Array(0));
}

/** The bytes of a chunk whose end has not been seen. A chunk within one piece is never copied. */
class OpenChunk {
  sizeBytes = 0;
  #buffer = new Uint8Array(0);

  add(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#reserve(this.sizeBytes + bytes.length);
    this.#buffer.set(bytes, this.sizeBytes);
    this.sizeBytes += bytes.length;
  }

  finish(tail: Uint8Array): Uint8Array {
    if (this.sizeBytes === 0) return tail;
    this.add(tail);
    const chunk = this.#buffer.subarray(0, this.sizeBytes);
    this.#buffer = new Uint8Array(0);
    this.sizeBytes = 0;
    return chunk;
  }

  #reserve(neededBytes: number): void {
    if (neededBytes <= this.#buffer.length) return;
    const capacity = Math.max(neededBytes, 2 * this.#buffer.length, FIRST_CAPACITY_BYTES);
    const grown = Buffer.allocUnsafeSlow(capacity);
    grown.set(this.#buffer.subarray(0, this.sizeBytes));
    this.#buffer = grown;
  }
}
