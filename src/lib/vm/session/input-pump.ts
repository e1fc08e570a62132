import { STREAM_MAX_PIECE_BYTES, STREAM_WINDOW_BYTES } from '../protocol/frame-types.js';
import { protocolError } from '../protocol/protocol-error.js';

/**
 * Moves a source to the guest's process, in pieces and only as far as the guest has given credit, so
 * that a process that does not read its input stops the source and nothing else.
 */
export class InputPump {
  readonly #send: (bytes: Uint8Array) => Promise<void>;
  #creditBytes = STREAM_WINDOW_BYTES;
  #wake: (() => void) | undefined;

  /** @param send sends one piece; an empty one is the end */
  constructor(send: (bytes: Uint8Array) => Promise<void>) {
    this.#send = send;
  }

  /** Notes that so many bytes are under way from somebody before. */
  takeCredit(bytes: number): void {
    this.#creditBytes -= bytes;
  }

  /**
   * Notes that the guest has taken that many bytes.
   *
   * @throws {MonoError} `VM_PROTOCOL` when it cannot have
   */
  addCredit(bytes: number): void {
    this.#creditBytes += bytes;
    if (this.#creditBytes > STREAM_WINDOW_BYTES)
      throw protocolError('it took more than it was sent');
    this.#wake?.();
  }

  /** Sends the whole source and its end. Is left pending for good when the guest takes no more. */
  async run(source: AsyncIterable<Uint8Array>): Promise<void> {
    for await (const bytes of source) {
      for (let rest = bytes; rest.length > 0;) {
        while (this.#creditBytes === 0) await this.#credit();
        const size = Math.min(rest.length, this.#creditBytes, STREAM_MAX_PIECE_BYTES);
        this.#creditBytes -= size;
        await this.#send(rest.subarray(0, size));
        rest = rest.subarray(size);
      }
    }
    await this.#send(new Uint8Array(0));
  }

  #credit(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}
