import { join } from 'node:path';
import { MonoError } from '../../errors.js';
import { SharedLock } from '../../io/shared-lock.js';

/** The lock of a store: many write together, one deletes alone. It ends with its process. */
export class StoreLock {
  readonly #path: string;
  readonly #waitMs: number;
  readonly #lock: SharedLock;

  /** Opens the lock of the store in `path` without taking it. */
  constructor(path: string, options: { readonly waitMs: number }) {
    this.#path = path;
    this.#waitMs = options.waitMs;
    this.#lock = new SharedLock(join(path, 'lock.db'));
  }

  /**
   * Takes the lock for writing beside others.
   *
   * @throws {MonoError} `STORE_LOCKED` while another process deletes for longer than the wait
   */
  async begin(): Promise<void> {
    await this.#acquire('shared');
  }

  /**
   * Runs `fn` while no other process writes; holds the lock for writing again afterwards.
   *
   * @throws {MonoError} `STORE_LOCKED` while others write for longer than the wait
   */
  async exclusively<T>(fn: () => Promise<T>): Promise<T> {
    try {
      await this.#acquire('exclusive');
      return await fn();
    } finally {
      await this.begin();
    }
  }

  /** Gives the lock up for good. */
  end(): void {
    this.#lock.close();
  }

  async #acquire(mode: 'shared' | 'exclusive'): Promise<void> {
    if (await this.#lock.acquire(mode, { waitMs: this.#waitMs })) return;
    throw new MonoError(
      'STORE_LOCKED',
      `Cannot lock the store \`${this.#path}\`: another process uses it`,
      {
        details: { path: this.#path },
        hint: 'Wait until the other command has ended and run this one again.',
      },
    );
  }
}
