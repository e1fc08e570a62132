/**
 * A lock between processes that many may hold together (`shared`) or one alone (`exclusive`).
 *
 * It is SQLite's own file lock on a database that never has content: the kernel drops it when the
 * process ends, however it ends, so there are no stale holders, no heartbeat and no reuse of process
 * ids to guard against. It does not work on network filesystems without POSIX locks.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { throwIfAborted } from '../base/async.js';
import { ioError } from './io-error.js';

const POLL_MS = 25;

/** How a lock is held. */
export type LockMode = 'shared' | 'exclusive';

/** Options of {@link SharedLock.acquire}. */
export interface AcquireOptions {
  /** how long to wait for other holders, in `ms` */
  readonly waitMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** One holder's view of a lock. */
export class SharedLock {
  readonly #path: string;
  readonly #database: Database.Database;

  /**
   * Opens the lock at `path`, whose directory must exist, without taking it.
   *
   * @throws {MonoError} `IO_FAILED`, `DISK_FULL`
   */
  constructor(path: string) {
    this.#path = path;
    try {
      this.#database = new Database(path, { timeout: 0 });
    } catch (error) {
      throw ioError(error, 'open the lock', path);
    }
  }

  /**
   * Takes the lock, after giving up the mode in which this holder had it, and returns whether that
   * succeeded in time.
   *
   * @throws {MonoError} `CANCELLED`, `IO_FAILED`
   */
  async acquire(mode: LockMode, options: AcquireOptions): Promise<boolean> {
    this.release();
    const deadline = performance.now() + options.waitMs;
    while (!this.tryAcquire(mode)) {
      throwIfAborted(options.signal);
      if (performance.now() >= deadline) return false;
      await sleep(POLL_MS);
    }
    return true;
  }

  /**
   * Takes the lock if that is possible at once, and returns whether it was.
   *
   * @throws {MonoError} `IO_FAILED`
   */
  tryAcquire(mode: LockMode): boolean {
    this.release();
    try {
      this.#database.exec(mode === 'exclusive' ? 'BEGIN EXCLUSIVE' : 'BEGIN');
      if (mode === 'shared') this.#database.prepare('SELECT 1 FROM sqlite_schema').all();
      return true;
    } catch (error) {
      this.release();
      if (isBusy(error)) return false;
      throw ioError(error, 'take the lock', this.#path);
    }
  }

  /** Gives the lock up. Does nothing when it is not held. */
  release(): void {
    if (this.#database.inTransaction) this.#database.exec('ROLLBACK');
  }

  /** Gives the lock up and frees what it uses. */
  close(): void {
    this.#database.close();
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_BUSY');
}
