/**
 * The right of one open store to write: a shared hold of the store's lock from opening to closing,
 * so that no collection runs meanwhile, and a row in the index that names the process to others and
 * owns the packs it appends to. The row exists only while the lock is held; one that is found while
 * nobody else holds the lock was left by a crash.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MonoError } from '../../errors.js';
import { SharedLock } from '../../io/shared-lock.js';
import type { PackIndex } from './pack-index.js';

/** Options of {@link WriterSession.begin}. */
export interface SessionOptions {
  /** how long to wait for other processes, in `ms` */
  readonly lockWaitMs: number;
}

/** A session of writing to a store. */
export class WriterSession {
  readonly #path: string;
  readonly #index: PackIndex;
  readonly #lock: SharedLock;
  readonly #options: SessionOptions;
  #row: number | undefined;

  constructor(path: string, index: PackIndex, options: SessionOptions) {
    this.#path = path;
    this.#index = index;
    this.#options = options;
    this.#lock = new SharedLock(join(path, 'lock.db'));
  }

  /**
   * Takes the lock for writing beside others.
   *
   * @throws {MonoError} `STORE_LOCKED` while a collection runs for longer than the wait
   */
  async begin(): Promise<void> {
    if (!(await this.#lock.acquire('shared', { waitMs: this.#options.lockWaitMs }))) {
      throw this.#locked();
    }
  }

  /** number of the session's row, which is added on first use */
  get row(): number {
    this.#row ??= Number(
      this.#index.database
        .prepare('INSERT INTO sessions (pid, started) VALUES (?, ?)')
        .run(process.pid, startOf(process.pid)).lastInsertRowid,
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
   * @throws {MonoError} `STORE_LOCKED` while others write for longer than the wait
   */
  async exclusively<T>(fn: () => Promise<T>): Promise<T> {
    try {
      if (!(await this.#lock.acquire('exclusive', { waitMs: this.#options.lockWaitMs }))) {
        throw this.#locked();
      }
      this.#clearCrashed();
      return await fn();
    } finally {
      await this.begin();
    }
  }

  /** Clears what crashes left, if there is anything and nobody else writes at this moment. */
  async recover(): Promise<void> {
    const left = this.#index.database.prepare('SELECT 1 FROM sessions').get();
    if (left === undefined) return;
    if (this.#lock.tryAcquire('exclusive')) this.#clearCrashed();
    await this.begin();
  }

  end(): void {
    try {
      this.releasePacks();
    } finally {
      this.#lock.close();
    }
  }

  #clearCrashed(): void {
    this.#index.write(() => {
      this.#index.database.exec('UPDATE packs SET session = NULL; DELETE FROM sessions;');
    });
  }

  #locked(): MonoError {
    const holders = this.#index.database
      .prepare<[], { pid: number; started: string }>('SELECT pid, started FROM sessions')
      .all()
      .filter(({ pid, started }) => startOf(pid) === started && pid !== process.pid)
      .map(({ pid }) => pid);
    const who = holders.length > 0 ? `process ${holders.join(', ')}` : 'another process';
    return new MonoError(
      'STORE_LOCKED',
      `Cannot lock the store \`${this.#path}\`: ${who} uses it`,
      {
        details: { path: this.#path, pids: holders },
        hint: 'Wait until the other command has ended and run this one again.',
      },
    );
  }
}

/** Position of the start time among the fields of `/proc/<pid>/stat` behind the command name. */
const START_FIELD = 19;

/**
 * Returns what tells a process from a later one with the same id, where the system has it; the empty
 * string for a process that is gone, or everywhere without `/proc`. It serves to name a holder only.
 */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[START_FIELD] ?? '';
  } catch {
    return '';
  }
}
