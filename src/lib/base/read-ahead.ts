/** Options of {@link readAhead}. */
export interface ReadAheadOptions {
  /** reading pauses while this many `bytes` wait to be taken */
  readonly limitBytes: number;
}

/**
 * Yields what `source` yields, and reads it while the receiver is busy with what it has. A failure of
 * the source comes after everything that was read before it. Leaving early waits for the read under
 * way, then closes the source.
 */
export async function* readAhead<T extends Uint8Array>(
  source: AsyncIterable<T>,
  options: ReadAheadOptions,
): AsyncGenerator<T> {
  const queue = new PieceQueue(source, options.limitBytes);
  const reading = queue.read();
  try {
    for (;;) {
      const piece = await queue.take();
      if (!piece) break;
      yield piece;
    }
  } finally {
    queue.stop();
    await reading;
  }
  queue.rethrow();
}

class PieceQueue<T extends Uint8Array> {
  readonly #source: AsyncIterable<T>;
  readonly #limitBytes: number;
  readonly #pieces: T[] = [];
  #queuedBytes = 0;
  #isEnded = false;
  #isStopped = false;
  #failure: { readonly error: unknown } | undefined;
  #wakeReader: (() => void) | undefined;
  #wakeTaker: (() => void) | undefined;

  constructor(source: AsyncIterable<T>, limitBytes: number) {
    this.#source = source;
    this.#limitBytes = limitBytes;
  }

  /** Never rejects: `rethrow` tells. */
  async read(): Promise<void> {
    try {
      for await (const piece of this.#source) {
        this.#pieces.push(piece);
        this.#queuedBytes += piece.length;
        this.#wakeTaker?.();
        if (!(await this.#room())) break;
      }
    } catch (error) {
      this.#failure = { error };
    } finally {
      this.#isEnded = true;
      this.#wakeTaker?.();
    }
  }

  async take(): Promise<T | undefined> {
    while (this.#pieces.length === 0) {
      if (this.#isEnded) return undefined;
      await new Promise<void>((resolve) => (this.#wakeTaker = resolve));
    }
    const piece = this.#pieces.shift();
    this.#queuedBytes -= piece?.length ?? 0;
    this.#wakeReader?.();
    return piece;
  }

  stop(): void {
    this.#isStopped = true;
    this.#wakeReader?.();
  }

  /** Resolves when there is room for more, to false when nobody wants any. */
  async #room(): Promise<boolean> {
    while (!this.#isStopped && this.#queuedBytes >= this.#limitBytes) {
      await new Promise<void>((resolve) => (this.#wakeReader = resolve));
    }
    return !this.#isStopped;
  }

  rethrow(): void {
    if (this.#failure) throw this.#failure.error;
  }
}
