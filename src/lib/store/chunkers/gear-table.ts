import { createHash } from 'node:crypto';

/**
 * The gear hash: `h = (h << 1) + GEAR[byte]` modulo 2^32, so a byte has left the hash after 32
 * further ones, and the highest bits depend on the most bytes. Cut decisions look at those.
 *
 * `GEAR[i]` is the first four bytes, big-endian, of the SHA-256 hash of the ASCII text
 * `mono gear table <i>` with `i` in decimal. With this text the hash of 32 zero bytes starts with four
 * one bits, so no condition takes a run of zeros for a cut. Changing an entry changes the CID of
 * every chunked file.
 */
export function createGearTable(): Int32Array {
  return Int32Array.from({ length: 256 }, (_, index) =>
    createHash('sha256').update(`mono gear table ${index}`).digest().readInt32BE(0),
  );
}

/** How many of the latest bytes the gear hash depends on. */
export const GEAR_WINDOW_BYTES = 32;
