import type Database from 'better-sqlite3';
import { ioError } from './io-error.js';

/**
 * A SQLite database whose every failure is a `MonoError` that names the file: `DISK_FULL`,
 * `LOCK_TIMEOUT` when another process kept it locked for too long, otherwise `IO_FAILED`.
 */
export class SqliteDatabase {
  readonly #database: Database.Database;
  readonly #guard: Guard;

  /** Takes over `database`, whose file is `path`. */
  constructor(database: Database.Database, path: string) {
    this.#database = database;
    this.#guard = (fn) => {
      try {
        return fn();
      } catch (error) {
        throw isSqliteError(error) ? ioError(error, 'use the database', path) : error;
      }
    };
  }

  /** Compiles one statement; `P` is its list of parameters, or the object that names them. */
  prepare<P extends unknown[] | object = unknown[], R = unknown>(
    sql: string,
  ): SqliteStatement<P extends unknown[] ? P : [P], R> {
    type Bound = P extends unknown[] ? P : [P];
    const statement = this.#guard(() => this.#database.prepare<Bound, R>(sql));
    return new SqliteStatement(statement, this.#guard);
  }

  /** Runs statements that have no parameters and no result. */
  exec(sql: string): void {
    this.#guard(() => this.#database.exec(sql));
  }

  /**
   * Runs `fn` in a write transaction, which waits for other writers before it begins: all that `fn`
   * does is committed, durable, when this returns, and none of it when it throws.
   */
  write<T>(fn: () => T): T {
    return this.#guard(() => this.#database.transaction(fn).immediate());
  }

  /** Runs `fn`, which only reads, at one state of the file: many reads cost little more than one. */
  read<T>(fn: () => T): T {
    return this.#guard(() => this.#database.transaction(fn).deferred());
  }

  /** Closes the file. What was not committed is lost. */
  close(): void {
    this.#guard(() => this.#database.close());
  }
}

/** A compiled statement with parameters `P` that yields rows of type `R`. */
export class SqliteStatement<P extends unknown[], R> {
  readonly #statement: Database.Statement<P, R>;
  readonly #guard: Guard;

  constructor(statement: Database.Statement<P, R>, guard: Guard) {
    this.#statement = statement;
    this.#guard = guard;
  }

  /** Makes the statement yield the first column alone. */
  pluck(): this {
    this.#statement.pluck();
    return this;
  }

  /** Makes the statement yield rows as lists. */
  raw(): this {
    this.#statement.raw();
    return this;
  }

  run(...parameters: P): Database.RunResult {
    return this.#guard(() => this.#statement.run(...parameters));
  }

  get(...parameters: P): R | undefined {
    return this.#guard(() => this.#statement.get(...parameters));
  }

  all(...parameters: P): R[] {
    return this.#guard(() => this.#statement.all(...parameters));
  }

  /** Yields the rows one by one; nothing else may use the database meanwhile. */
  *iterate(...parameters: P): IterableIterator<R> {
    const rows = this.#guard(() => this.#statement.iterate(...parameters));
    try {
      for (;;) {
        const row = this.#guard(() => rows.next());
        if (row.done === true) return;
        yield row.value;
      }
    } finally {
      rows.return?.();
    }
  }
}

type Guard = <T>(fn: () => T) => T;

function isSqliteError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_');
}
