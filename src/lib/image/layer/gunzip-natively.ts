import type { GunzipMark, IngestAddon, NativeHandle } from '../../io/native/ingest-addon.js';
import type { BufferPool } from '../../base/buffer-pool.js';
import { iterateBytes, type ByteIterator } from '../tar/iterate-bytes.js';
import { compressionFault } from './compression-fault.js';

/** How much compressed data one trip to the thread pool takes, in `bytes`, where it is there. */
const INPUT_BYTES = 256 * 1024;

/** Options of {@link gunzipNatively}. */
export interface NativeGunzipOptions {
  readonly addon: IngestAddon;
  readonly buffers: BufferPool;
  /** a hash of the addon that takes what is inflated, in the same trip to the thread pool */
  readonly hash?: NativeHandle | undefined;
}

/**
 * Yields the content of all gzip members in `source`, inflated by the addon in the thread pool; the
 * same as `gunzipWithZlib` yields, in other pieces. Each is a view of a buffer of `buffers`, which the
 * receiver may release.
 *
 * @throws {LayerFault} `LAYER_COMPRESSION_INVALID`; and whatever `source` throws
 */
export async function* gunzipNatively(
  source: AsyncIterable<Uint8Array>,
  options: NativeGunzipOptions,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const { addon, buffers, hash } = options;
  const input = new InputWindow(iterateBytes(source));
  const handle = addon.createGunzip();
  let mark: GunzipMark = 0;
  let isFull = false;
  try {
    while (isFull || (await input.fill())) {
      const output = buffers.take();
      const step = await addon.gunzip(handle, input.pieces, output, hash);
      const [takenBytes, writtenBytes, latest] = step;
      mark = latest;
      input.drop(takenBytes);
      isFull = writtenBytes === output.length;
      if (writtenBytes > 0) yield output.subarray(0, writtenBytes);
      else buffers.release(output);
      if (mark < 0 || takenBytes + writtenBytes === 0) break;
    }
    if (mark !== 1) throw compressionFault('its gzip data is damaged or cut off');
  } finally {
    await input.close();
  }
}

/** The compressed bytes that were read and are not inflated yet. */
class InputWindow {
  pieces: Uint8Array[] = [];
  #sizeBytes = 0;
  readonly #source: ByteIterator;

  constructor(source: ByteIterator) {
    this.#source = source;
  }

  /** Reads until there is enough for one trip. Returns whether there is anything. */
  async fill(): Promise<boolean> {
    while (this.#sizeBytes < INPUT_BYTES) {
      const next = await this.#source.next();
      if (next.done) break;
      this.pieces.push(next.value);
      this.#sizeBytes += next.value.length;
    }
    return this.#sizeBytes > 0;
  }

  drop(takenBytes: number): void {
    this.#sizeBytes -= takenBytes;
    let left = takenBytes;
    const rest = this.pieces.findIndex((piece) => {
      if (left < piece.length) return true;
      left -= piece.length;
      return false;
    });
    this.pieces = rest < 0 ? [] : this.pieces.slice(rest);
    const first = this.pieces[0];
    if (first && left > 0) this.pieces[0] = first.subarray(left);
  }

  async close(): Promise<void> {
    await this.#source.return?.();
  }
}
