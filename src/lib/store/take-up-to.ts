import { concatBytes } from '../base/async.js';
import type { ByteSource } from '../base/bytes.js';

/** The start of a source: all of it when it was short, else a source of everything. */
export type SourceHead =
  | { readonly whole: Uint8Array; readonly source?: undefined }
  | { readonly whole?: undefined; readonly source: AsyncIterable<Uint8Array> };

/**
 * Reads `source` until it ends or more than `limitBytes` have come. In the second case the returned
 * source yields all of it, from the start, and must be consumed or returned.
 */
export async function takeUpTo(source: ByteSource, limitBytes: number): Promise<SourceHead> {
  const only = onlyPiece(source);
  if (only && only.length <= limitBytes) return { whole: only };
  const iterator = iterate(source);
  const pieces: Uint8Array[] = [];
  let sizeBytes = 0;
  while (sizeBytes <= limitBytes) {
    const next = await iterator.next();
    if (next.done) return { whole: concatBytes(pieces, sizeBytes) };
    sizeBytes += next.value.length;
    // The source may use the piece again once it is asked for the next one.
    pieces.push(sizeBytes <= limitBytes ? Uint8Array.from(next.value) : next.value);
  }
  return { source: resume(pieces, iterator) };
}

function onlyPiece(source: ByteSource): Uint8Array | undefined {
  return Array.isArray(source) && source.length === 1 ? (source[0] as Uint8Array) : undefined;
}

function iterate(source: ByteSource): AsyncIterator<Uint8Array> | Iterator<Uint8Array> {
  return Symbol.asyncIterator in source
    ? source[Symbol.asyncIterator]()
    : source[Symbol.iterator]();
}

async function* resume(
  pieces: readonly Uint8Array[],
  iterator: AsyncIterator<Uint8Array> | Iterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  let ended = false;
  try {
    yield* pieces;
    for (;;) {
      ended = true;
      const next = await iterator.next();
      if (next.done) return;
      ended = false;
      yield next.value;
    }
  } finally {
    if (!ended) await iterator.return?.();
  }
}
