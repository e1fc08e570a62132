import type { ByteSource } from '../../base/bytes.js';
import { iterateBytes } from './iterate-bytes.js';
import type { LayerFault } from './layer-fault.js';

/**
 * Reads a byte source in records of known size. `take` answers without waiting when the bytes are
 * there, which for the thousands of small records in a 256 KiB piece is nearly always.
 */
export class ByteReader {
  readonly #pieces: AsyncIterator<Uint8Array> | Iterator<Uint8Array>;
  readonly #truncated: () => LayerFault;
  #piece: Uint8Array = new Uint8Array(0);
  #offset = 0;
  #pieceStart = 0;
  #isEnded = false;

  /** @param truncated makes what is thrown when the source ends too early */
  constructor(source: ByteSource, truncated: () => LayerFault) {
    this.#truncated = truncated;
    this.#pieces = iterateBytes(source);
  }

  /** Offset in `bytes` of the next byte from the beginning of the source. */
  get position(): number {
    return this.#pieceStart + this.#offset;
  }

  /** Returns the next `lengthBytes` as a view when one piece holds them, else `undefined`. */
  take(lengthBytes: number): Uint8Array | undefined {
    const end = this.#offset + lengthBytes;
    if (end > this.#piece.length) return undefined;
    const view = this.#piece.subarray(this.#offset, end);
    this.#offset = end;
    return view;
  }

  /** Returns a view of the next bytes of the piece, `maxBytes` at most; an empty one at its end. */
  takeUpTo(maxBytes: number): Uint8Array {
    const end = Math.min(this.#offset + maxBytes, this.#piece.length);
    const view = this.#piece.subarray(this.#offset, end);
    this.#offset = end;
    return view;
  }

  /** whether the piece is used up: what comes next is there after {@link advance} */
  get isUsedUp(): boolean {
    return this.#offset === this.#piece.length;
  }

  /** whether the source has no further piece */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Returns whether no byte is left. */
  async atEnd(): Promise<boolean> {
    while (this.isUsedUp) {
      if (this.#isEnded) return true;
      await this.advance();
    }
    return false;
  }

  /**
   * Returns the next `lengthBytes`, gathered from as many pieces as it takes.
   *
   * @throws {LayerFault} what `truncated` makes, when the source ends before
   */
  async read(lengthBytes: number): Promise<Uint8Array> {
    const view = this.take(lengthBytes);
    if (view) return view;
    const bytes = new Uint8Array(lengthBytes);
    let filled = 0;
    for await (const part of this.stream(lengthBytes)) {
      bytes.set(part, filled);
      filled += part.length;
    }
    return bytes;
  }

  /**
   * Yields views of the next `lengthBytes`. Leaving early leaves the rest unread.
   *
   * @throws {LayerFault} what `truncated` makes, when the source ends before
   */
  async *stream(lengthBytes: number): AsyncGenerator<Uint8Array> {
    let left = lengthBytes;
    while (left > 0) {
      if (await this.atEnd()) throw this.#truncated();
      const part = this.takeUpTo(left);
      left -= part.length;
      yield part;
    }
  }

  /** Passes over `lengthBytes`; throws as {@link stream} does. */
  async skip(lengthBytes: number): Promise<void> {
    if (this.take(lengthBytes)) return;
    const parts = this.stream(lengthBytes);
    while (!(await parts.next()).done);
  }

  /** Goes on to the next piece, whatever is left of this one, or finds that there is none. */
  async advance(): Promise<void> {
    const next = await this.#pieces.next();
    if (next.done) {
      this.#isEnded = true;
      return;
    }
    this.#pieceStart += this.#piece.length;
    this.#piece = next.value;
    this.#offset = 0;
  }

  /** Passes over all that is left. */
  async drain(): Promise<void> {
    while (!this.#isEnded) await this.advance();
    this.#offset = this.#piece.length;
  }

  /** Ends the source, read fully or not. */
  async close(): Promise<void> {
    await this.#pieces.return?.();
  }
}
