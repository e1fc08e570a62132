import { STREAM_WINDOW_BYTES } from '../protocol/frame-types.js';
import { protocolError } from '../protocol/protocol-error.js';

/** Credit goes back in steps of this, not for every piece. */
const CREDIT_STEP_BYTES = STREAM_WINDOW_BYTES / 4;

/** What an {@link OutputStream} is connected to. */
export interface OutputStreamOptions {
  /** takes one piece; the next one follows when its promise is fulfilled */
  readonly deliver: (bytes: Uint8Array) => Promise<void> | void;
  /** tells the guest that it may send that many more bytes */
  readonly grant: (bytes: number) => void;
  readonly onFailure: (error: unknown) => void;
}

/**
 * One direction of bytes from the guest. Never holds more than `STREAM_WINDOW_BYTES`: the guest may
 * send only what it has credit for, and credit comes back when a piece has been delivered.
 */
export class OutputStream {
  readonly #options: OutputStreamOptions;
  #creditBytes = STREAM_WINDOW_BYTES;
  #ungrantedBytes = 0;
  #tail: Promise<void> = Promise.resolve();

  constructor(options: OutputStreamOptions) {
    this.#options = options;
  }

  /**
   * Queues a piece.
   *
   * @throws {MonoError} `VM_PROTOCOL` when the guest had no credit for it
   */
  accept(bytes: Uint8Array): void {
    this.#creditBytes -= bytes.length;
    if (this.#creditBytes < 0) throw protocolError('it sent more output than it had credit for');
    this.#tail = this.#tail.then(() => this.#deliver(bytes)).catch(this.#options.onFailure);
  }

  /** Is fulfilled when everything accepted has been delivered. */
  drained(): Promise<void> {
    return this.#tail;
  }

  async #deliver(bytes: Uint8Array): Promise<void> {
    await this.#options.deliver(bytes);
    this.#ungrantedBytes += bytes.length;
    if (this.#ungrantedBytes < CREDIT_STEP_BYTES) return;
    this.#creditBytes += this.#ungrantedBytes;
    this.#options.grant(this.#ungrantedBytes);
    this.#ungrantedBytes = 0;
  }
}
