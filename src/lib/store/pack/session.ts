/**
 * The right of one open store to write: a shared hold of the store's lock from opening to closing,
 * so that no collection runs meanwhile, and a row in the index that owns the packs it appends to. The
 * row exists only while the lock is held; one that is found while nobody else holds the lock was left
 * by a crash.
 */
import { StoreLock, type LockWait } from '../store-lock.js';
import type { PackIndex } from './index/pack-index.js';

/** A session of writing to a store. */
export class WriterSession {
  readonly #index: PackIndex;
  readonly #lock: StoreLock;
  #row: number | undefined;

  constructor(path: string, index: PackIndex, wait: LockWait) {
    this.#index = index;
    this.#lock = new StoreLock(path, wait);
  }

  /**
   * Takes the lock for writing beside others.
   *
   * @throws {MonoError} `STORE_LOCKED` while a collection runs for longer than the wait; `CANCELLED`
   */
  begin(): Promise<void> {
    return this.#lock.begin();
  }

  /** number of the session's row, which is added on first use */
  get row(): number {
    this.#row ??= Number(
      this.#index.database
        .prepare("INSERT INTO sessions (pid, started) VALUES (?, '')")
        .run(process.pid).lastInsertRowid,
    );
    return this.#row;
  }

  /** Lets others append to this session's packs and forgets the row. Files must be closed by now. */
  releasePacks(): void {
    if (this.#row === undefined) return;
    const row = this.#row;
    this.#row = undefined;
    this.#index.write(() => {
      this.#index.database.prepare('UPDATE packs SET session = NULL WHERE session = ?').run(row);
      this.#index.database.prepare('DELETE FROM sessions WHERE id = ?').run(row);
    });
  }

  /**
   * Runs `fn` while no other process can write, after what crashes left in the index has been
   * cleared. The session's packs must have been released; it holds the lock again afterwards.
   *
   * @throws {MonoError} `STORE_LOCKED` while others write for longer than the wait; `CANCELLED`
   */
  exclusively<T>(fn: () => Promise<T>): Promise<T> {
    return this.#lock.exclusively(async () => {
      this.#clearCrashed();
      return fn();
    });
  }

  /** Clears what crashes left, if there is anything and nobody else writes at this moment. */
  async recover(): Promise<void> {
    const left = this.#index.database.prepare('SELECT 1 FROM sessions').get();
    if (left !== undefined) await this.#lock.ifAlone(() => this.#clearCrashed());
  }

  end(): void {
    try {
      this.releasePacks();
    } finally {
      this.#lock.end();
    }
  }

  #clearCrashed(): void {
    this.#index.write(() => {
      this.#index.database.exec('UPDATE packs SET session = NULL; DELETE FROM sessions;');
    });
  }
}
