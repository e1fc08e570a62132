/*
 * A body as it comes, from a server that may stall or drip. Time counts only while a read is waited
 * for, never while the consumer works. What is too slow is taken for a broken connection: whoever
 * reads a blob then asks for the rest on another one, and gives up after some of those.
 */

/** How fast a body must come. */
export interface BodyPace {
  /** how long it may go without a byte, in `ms` */
  readonly idleMs: number;
  /** in how many `ms` {@link MIN_WINDOW_BYTES} must come, again and again */
  readonly windowMs: number;
}

/**
 * The least that a body must bring in each window, in bytes; with the usual minute, 1 KiB a second. No
 * line in use is as slow, and a layer of 30 MiB would take eight hours; a server that sends a byte now
 * and then, and would hold a download open for ever, is found out.
 */
export const MIN_WINDOW_BYTES = 64 * 1024;

/** A stream that can be ended from outside. */
interface EndableStream extends AsyncIterable<Uint8Array> {
  destroy(error?: Error): void;
}

/** Yields what `stream` brings; ends it, with `ETIMEDOUT` or `ERR_TOO_SLOW`, when it falls behind. */
export async function* readBody(
  stream: EndableStream,
  { idleMs, windowMs }: BodyPace,
): AsyncGenerator<Uint8Array> {
  let isWaiting = true;
  let waitingSinceMs = performance.now();
  let waitedMs = 0;
  let windowBytes = 0;
  const timer = setTimeout(() => {
    if (isWaiting) stream.destroy(failure('ETIMEDOUT', 'no byte came in time'));
  }, idleMs);
  try {
    for await (const piece of stream) {
      isWaiting = false;
      waitedMs += performance.now() - waitingSinceMs;
      windowBytes += piece.length;
      if (waitedMs >= windowMs) {
        if (windowBytes < MIN_WINDOW_BYTES) throw failure('ERR_TOO_SLOW', 'it comes too slowly');
        [waitedMs, windowBytes] = [0, 0];
      }
      yield piece;
      isWaiting = true;
      waitingSinceMs = performance.now();
      timer.refresh();
    }
  } finally {
    clearTimeout(timer);
    stream.destroy();
  }
}

function failure(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}
