import { invariant } from '../../errors.js';
import { blockCorrupt, type PackReader } from './pack-reader.js';
import { decodePacked } from './packed-block.js';
import type { SegmentBlock } from './segment.js';

/**
 * Returns the bytes of a block that is not in the index yet, from its segment or, once that was
 * written, from its pack.
 *
 * @throws {MonoError} `IO_FAILED`, `STORE_BLOCK_CORRUPT`
 */
export function readPending(block: SegmentBlock, reader: PackReader): Uint8Array {
  const { key, segment, encoding, storedBytes, sizeBytes } = block;
  const stored = segment.read(block);
  if (stored) {
    const bytes = decodePacked(key, { encoding, stored, sizeBytes }, reader.coder);
    invariant(bytes, 'what is in memory has not changed');
    return bytes;
  }
  const { home } = segment;
  const offset = segment.offsetOf(block);
  invariant(home && offset !== undefined, 'a segment is in memory or has a home');
  const row = { pack: home.pack, offset, stored: storedBytes, size: sizeBytes, encoding };
  const bytes = reader.read(key, row);
  if (bytes) return bytes;
  throw blockCorrupt(key, reader.pathOf(home.pack), offset);
}
