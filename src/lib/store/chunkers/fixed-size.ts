import { invariant } from '../../errors.js';
import type { Chunker } from './chunker.js';
import { cutStream, type CutFinder } from './cut-stream.js';

/** Returns the chunker whose chunks are all `sizeBytes` long, but for the last, which may be shorter. */
export function fixedSize(options: { readonly sizeBytes: number }): Chunker {
  const { sizeBytes } = options;
  invariant(Number.isSafeInteger(sizeBytes) && sizeBytes > 0, 'the chunk size is at least 1');
  return cutStream(() => createFinder(sizeBytes), sizeBytes);
}

function createFinder(sizeBytes: number): CutFinder {
  let missing = sizeBytes;
  return {
    next(piece, start) {
      const end = start + missing;
      if (end > piece.length) {
        missing = end - piece.length;
        return -1;
      }
      missing = sizeBytes;
      return end;
    },
  };
}
