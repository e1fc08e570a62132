import { createGunzip, type Gunzip } from 'node:zlib';
import { compressionFault } from './compression-fault.js';

/**
 * Size in `bytes` of the pieces that come out. Inflating runs in the thread pool; large pieces make
 * the trips to it and back few.
 */
const OUTPUT_PIECE_BYTES = 256 * 1024;
/** How much input and how much output may wait for the other side, in `bytes`. */
const BUFFERED_BYTES = 256 * 1024;

const END_OF_WAITING = ['drain', 'end', 'close', 'error'] as const;

/**
 * Yields the content of all gzip members in `source`, one after the other. Zeros behind the
 * last member are padding; they and what follows them are passed over.
 *
 * @throws {LayerFault} `LAYER_COMPRESSION_INVALID`; and whatever `source` throws
 * @see RFC 1952, section 2.2
 */
export async function* gunzipWithZlib(
  source: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const buffering = { chunkSize: OUTPUT_PIECE_BYTES, highWaterMark: BUFFERED_BYTES };
  const inflater = createGunzip(buffering);
  const feeding = feed(source, inflater);
  try {
    for await (const piece of inflater) yield piece as Uint8Array;
  } catch (error) {
    await rethrowSourceError(feeding);
    throw compressionFault('its gzip data is damaged or cut off', error);
  } finally {
    inflater.destroy();
    await feeding;
  }
  await rethrowSourceError(feeding);
}

/** What the source of the compressed bytes threw. */
interface SourceFailure {
  readonly error: unknown;
}

async function rethrowSourceError(feeding: Promise<SourceFailure | undefined>): Promise<void> {
  const failure = await feeding;
  if (failure) throw failure.error;
}

/** Never rejects, so that it can run beside the reading side. */
async function feed(
  source: AsyncIterable<Uint8Array>,
  inflater: Gunzip,
): Promise<SourceFailure | undefined> {
  try {
    for await (const piece of source) {
      if (inflater.destroyed && !inflater.readableEnded) return undefined;
      // Read on after the last member: the source verifies itself at its end.
      if (inflater.readableEnded) continue;
      if (!inflater.write(piece)) await writable(inflater);
    }
    inflater.end();
    return undefined;
  } catch (error) {
    inflater.destroy();
    return { error };
  }
}

async function writable(inflater: Gunzip): Promise<void> {
  if (inflater.destroyed || inflater.readableEnded || !inflater.writableNeedDrain) return;
  await new Promise<void>((resolve) => {
    function done(): void {
      for (const event of END_OF_WAITING) inflater.off(event, done);
      resolve();
    }
    for (const event of END_OF_WAITING) inflater.on(event, done);
  });
}
