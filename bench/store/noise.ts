/** Length of the small blocks of the benchmarks, in bytes. */
export const BLOCK_BYTES = 4 * 1024;

const PIECE_BYTES = 64 * 1024;
const PIECES_PER_MIB = 16;

/** Yields `mib` MiB in pieces of 64 KiB; the words of each piece depend on its number. */
export function* uniquePieces(mib: number): Generator<Uint8Array> {
  for (let piece = 0; piece < mib * PIECES_PER_MIB; piece++) yield noise(PIECE_BYTES, piece);
}

/** Returns the small block of this number. */
export function blockOf(index: number): Uint8Array {
  return noise(BLOCK_BYTES, index);
}

/** Returns the numbers from 0 to `count` - 1 in an order that looks random and is always the same. */
export function shuffled(count: number): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, index) => index);
  const random = new Uint32Array(noise(4 * Math.max(count, 1), count).buffer);
  for (let index = count - 1; index > 0; index--) {
    const other = random[index]! % (index + 1);
    [order[index], order[other]] = [order[other]!, order[index]!];
  }
  return order;
}

/** Bytes that depend on `seed` alone (xorshift32 over a seed that is never 0). */
function noise(sizeBytes: number, seed: number): Uint8Array {
  const words = new Uint32Array(sizeBytes / 4);
  let word = Math.imul(seed + 1, 0x9e3779b1) || 1;
  for (let index = 0; index < words.length; index++) {
    word ^= word << 13;
    word ^= word >>> 17;
    word ^= word << 5;
    words[index] = word;
  }
  return new Uint8Array(words.buffer);
}
