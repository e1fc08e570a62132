import type { ByteSource } from '../../base/bytes.js';

/**
 * Cuts a byte stream into chunks: none is empty, their concatenation is the stream, and where the
 * cuts fall depends on the bytes alone, never on how the source slices them. A failure of the source
 * is rethrown and is never taken for its end. A chunk may share memory with the
 * source's latest piece, and stays as it is until the next one is asked for.
 */
export interface Chunker {
  (source: ByteSource): AsyncIterable<Uint8Array>;
  /** Returns the chunks of a stream that is there as a whole: views of its bytes. */
  chunksOf(whole: Uint8Array): readonly Uint8Array[];
  /** a stream of at most this many `bytes` is one chunk (none, if it is empty) */
  readonly wholeUpToBytes: number;
}

/** Sizes of a content-defined chunker. Every chunk but the last is within `[minBytes, maxBytes]`. */
export interface ChunkSizes {
  readonly minBytes: number;
  /** mean chunk size on content without repetition */
  readonly targetBytes: number;
  readonly maxBytes: number;
}
