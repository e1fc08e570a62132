/**
 * Buffers of one size that are used again. A large array per piece of a stream would have to be
 * cleared by the system, and collected, for each: that costs more than filling it.
 */
export class BufferPool {
  readonly #sizeBytes: number;
  readonly #free: Uint8Array<ArrayBuffer>[] = [];

  /** @param sizeBytes size of each buffer */
  constructor(sizeBytes: number) {
    this.#sizeBytes = sizeBytes;
  }

  /** Returns a buffer with any content, which belongs to the caller until it is released. */
  take(): Uint8Array<ArrayBuffer> {
    return this.#free.pop() ?? new Uint8Array(this.#sizeBytes);
  }

  /** Takes back the buffer that `view` is a part of. No other view of it may be used any more. */
  release(view: Uint8Array<ArrayBuffer>): void {
    this.#free.push(new Uint8Array(view.buffer));
  }
}

/**
 * Yields `pieces`, which are views of buffers of `pool`, and releases each when the next one is asked
 * for: until then it stays as it is.
 */
export async function* recycled(
  pieces: AsyncIterable<Uint8Array<ArrayBuffer>>,
  pool: BufferPool,
): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) {
    yield piece;
    pool.release(piece);
  }
}
