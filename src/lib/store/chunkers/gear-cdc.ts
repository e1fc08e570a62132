/**
 * Content-defined chunking by the gear hash with one condition (Xia et al., "Ddelta: A
 * deduplication-inspired fast delta compression approach", 2014, section 3.2).
 *
 * The condition compares the hash with a threshold instead of masking it: a mask can only express
 * probabilities that are powers of two, a threshold meets any target size. After `minBytes` without
 * hashing, each position ends the chunk with probability `1 / (targetBytes - minBytes)`.
 */
import { invariant } from '../../errors.js';
import type { Chunker, ChunkSizes } from './chunker.js';
import { cutStream, type CutFinder } from './cut-stream.js';
import { createGearTable } from './gear-table.js';

/** Returns a gear chunker. Prefer `fastCdc`: its sizes vary less. */
export function gearCdc(sizes: ChunkSizes): Chunker {
  const { minBytes, targetBytes, maxBytes } = sizes;
  invariant(
    minBytes > 0 && minBytes < targetBytes && targetBytes < maxBytes,
    'chunk sizes are ordered 0 < min < target < max',
  );
  const table = createGearTable();
  return cutStream(() => createFinder(sizes, table), minBytes);
}

function createFinder(sizes: ChunkSizes, table: Int32Array): CutFinder {
  const { minBytes, targetBytes, maxBytes } = sizes;
  const threshold = Math.round(-(2 ** 31) + 2 ** 32 / (targetBytes - minBytes));
  let size = 0;
  let gear = 0;
  return {
    next(piece, start) {
      const skipped = Math.min(Math.max(minBytes - size, 0), piece.length - start);
      const first = start + skipped;
      const last = Math.min(piece.length, start + maxBytes - size);
      for (let index = first; index < last; index++) {
        gear = ((gear << 1) + (table[piece[index] as number] as number)) | 0;
        if (gear < threshold) {
          size = 0;
          gear = 0;
          return index + 1;
        }
      }
      size += last - start;
      if (size < maxBytes) return -1;
      size = 0;
      gear = 0;
      return last;
    },
  };
}
