import { join } from 'node:path';
import { MonoError } from '../errors.js';
import { lockHolders } from '../io/lock-holders.js';
import { SharedLock, type LockMode } from '../io/shared-lock.js';

/** How long a lock is waited for before that is told, in `ms`: shorter waits are nobody's business. */
const NOTICE_MS = 300;

/** How a store waits for other processes. */
export interface LockWait {
  /** how long, in `ms` */
  readonly waitMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Is told of each wait that is not over at once, and returns who is told that it is over. */
  readonly onWait?: ((wait: LockWaiting) => () => void) | undefined;
}

/** A wait for other processes. */
export interface LockWaiting {
  /** ids of those that hold the lock, as far as the system tells */
  readonly pids: readonly number[];
  /** how long is waited at most, in `ms` */
  readonly waitMs: number;
}

/** The lock of a store: many write together, one deletes alone. It ends with its process. */
export class StoreLock {
  readonly #directory: string;
  readonly #path: string;
  readonly #wait: LockWait;
  readonly #lock: SharedLock;

  /** Opens the lock of the store in `directory` without taking it. */
  constructor(directory: string, wait: LockWait) {
    this.#directory = directory;
    this.#path = join(directory, 'lock.db');
    this.#wait = wait;
    this.#lock = new SharedLock(this.#path);
  }

  /**
   * Takes the lock for writing beside others.
   *
   * @throws {MonoError} `STORE_LOCKED` while another process deletes for longer than the wait;
   *   `CANCELLED`
   */
  async begin(): Promise<void> {
    await this.#acquire('shared');
  }

  /**
   * Runs `fn` while no other process writes; holds the lock for writing again afterwards.
   *
   * @throws {MonoError} `STORE_LOCKED` while others write for longer than the wait; `CANCELLED`
   */
  async exclusively<T>(fn: () => Promise<T>): Promise<T> {
    try {
      await this.#acquire('exclusive');
      return await fn();
    } finally {
      await this.begin();
    }
  }

  /** Runs `fn` if no other process writes at this moment; holds the lock for writing afterwards. */
  async ifAlone(fn: () => void): Promise<void> {
    if (this.#lock.tryAcquire('exclusive')) fn();
    await this.begin();
  }

  /** Gives the lock up for good. */
  end(): void {
    this.#lock.close();
  }

  async #acquire(mode: LockMode): Promise<void> {
    const { waitMs, signal } = this.#wait;
    const quietMs = Math.min(NOTICE_MS, waitMs);
    if (await this.#lock.acquire(mode, { waitMs: quietMs, signal })) return;
    const onEnd = this.#wait.onWait?.({ pids: lockHolders(this.#path), waitMs });
    try {
      if (await this.#lock.acquire(mode, { waitMs: waitMs - quietMs, signal })) return;
    } finally {
      onEnd?.();
    }
    throw storeLocked(this.#directory, lockHolders(this.#path));
  }
}

function storeLocked(path: string, pids: readonly number[]): MonoError {
  const who = pids.length > 0 ? `process ${pids.join(', ')}` : 'another process';
  return new MonoError('STORE_LOCKED', `Cannot lock the store \`${path}\`: ${who} uses it`, {
    details: { path, pids },
    hint: 'Wait until the other command has ended and run this one again.',
  });
}
