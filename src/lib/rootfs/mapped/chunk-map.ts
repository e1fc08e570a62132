import type { ChunkMap } from '../erofs/data-placement.js';

/** Largest exponent of a chunk's size: 5 bits, and a chunk's length in bytes stays below 2^31. */
const MAX_CHUNK_BITS = 18;

/** Consecutive blocks of a disk that hold consecutive content of a file. */
export interface DiskPiece {
  readonly firstBlock: number;
  /** at least 1 */
  readonly blocks: number;
}

/** Returns the map of a file that consists of `pieces`, with the largest chunks that fit them. */
export function chunkMapOf(pieces: readonly DiskPiece[]): ChunkMap {
  const chunkBits = chunkBitsOf(pieces);
  const step = 2 ** chunkBits;
  const blocks: number[] = [];
  for (const piece of pieces) {
    for (let at = 0; at < piece.blocks; at += step) blocks.push(piece.firstBlock + at);
  }
  return { chunkBits, blocks: Uint32Array.from(blocks) };
}

/** No chunk may reach over the end of a piece, the end of the file left aside. */
function chunkBitsOf(pieces: readonly DiskPiece[]): number {
  let borders = 2 ** MAX_CHUNK_BITS;
  for (const { blocks } of pieces.slice(0, -1)) borders |= blocks;
  let bits = 0;
  while ((borders & (1 << bits)) === 0) bits += 1;
  return bits;
}
