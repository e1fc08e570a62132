import { EXIT } from '../../error-codes.js';

/** The signals by which a user or a supervisor asks a command to end. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** So many signals that were passed on without effect mean that the user wants out. */
const MAX_FORWARDED = 3;

/**
 * What signals do: the first one aborts `signal`, so that the work ends in order; the second ends
 * the process at once. While a guest runs they are its business; after three of them, ours again.
 */
export class Interrupts {
  readonly #aborter = new AbortController();
  readonly #listener = (signal: NodeJS.Signals): void => {
    this.#receive(signal);
  };
  #forward: ((signal: NodeJS.Signals) => void) | undefined;
  #forwarded = 0;

  constructor() {
    for (const name of SIGNALS) process.on(name, this.#listener);
  }

  get signal(): AbortSignal {
    return this.#aborter.signal;
  }

  /** Passes signals on to `receiver` until the returned function is called. */
  forward(receiver: (signal: NodeJS.Signals) => void): () => void {
    this.#forward = receiver;
    this.#forwarded = 0;
    return () => {
      this.#forward = undefined;
    };
  }

  close(): void {
    for (const name of SIGNALS) process.off(name, this.#listener);
  }

  #receive(signal: NodeJS.Signals): void {
    if (this.#forward && this.#forwarded < MAX_FORWARDED) {
      this.#forwarded += 1;
      this.#forward(signal);
      return;
    }
    if (this.signal.aborted) process.exit(EXIT.interrupted);
    this.#aborter.abort();
  }
}
