import { join } from 'node:path';
import type { Digest } from '../../base/digest.js';
import { openDatabase } from '../../io/database.js';
import type { SqliteDatabase } from '../../io/sqlite-database.js';

/** What a tag named, and where. */
export interface Release {
  /** fully qualified: `docker.io/library/node` */
  readonly repository: string;
  readonly tag: string;
  readonly digest: Digest;
}

const MIGRATIONS = [
  `CREATE TABLE first_seen (
     repository TEXT NOT NULL,
     tag TEXT NOT NULL,
     digest TEXT NOT NULL,
     seen_ms INTEGER NOT NULL,
     PRIMARY KEY (repository, tag, digest)
   ) STRICT, WITHOUT ROWID`,
];

/**
 * When this machine first saw which tag name which bytes. It is the only age that a publisher cannot
 * choose: creation times in images, and what registries tell, are whatever somebody wrote there.
 */
export class FirstSeenLog {
  readonly #database: SqliteDatabase;

  constructor(database: SqliteDatabase) {
    this.#database = database;
  }

  /** Returns when `release` was first seen, in `ms` of Unix; from now on `nowMs` if it never was. */
  note({ repository, tag, digest }: Release, nowMs: number): number {
    return this.#database.write(() => {
      this.#database
        .prepare('INSERT OR IGNORE INTO first_seen VALUES (?, ?, ?, ?)')
        .run(repository, tag, digest, nowMs);
      const row = this.#database
        .prepare<[string, string, string], { seen_ms: number }>(
          'SELECT seen_ms FROM first_seen WHERE repository = ? AND tag = ? AND digest = ?',
        )
        .get(repository, tag, digest);
      return row?.seen_ms ?? nowMs;
    });
  }

  close(): void {
    this.#database.close();
  }
}

/**
 * Opens the log of a data directory, made where it is missing.
 *
 * @throws {MonoError} `STORE_FORMAT_UNSUPPORTED`, `IO_FAILED`, `DISK_FULL`
 */
export function openFirstSeenLog(dataDirectory: string): FirstSeenLog {
  return new FirstSeenLog(openDatabase(join(dataDirectory, 'first-seen.db'), MIGRATIONS));
}
