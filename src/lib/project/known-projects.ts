import { join } from 'node:path';
import { openDatabase } from '../io/database.js';

const MIGRATIONS = [`CREATE TABLE project (directory TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;`];

/** The projects of this user on this machine: what their lockfiles name must not be collected. */
export interface KnownProjects {
  /** Remembers the project in `directory`. Idempotent. */
  add(directory: string): void;
  /** Forgets the project in `directory`, whose files are gone. */
  forget(directory: string): void;
  /** Returns all directories, sorted. */
  list(): string[];
  close(): void;
}

/**
 * Opens the list of known projects below the data directory.
 *
 * @throws {MonoError} `IO_FAILED`, `DISK_FULL`, `STORE_FORMAT_UNSUPPORTED`
 */
export function openKnownProjects(dataDirectory: string): KnownProjects {
  const database = openDatabase(join(dataDirectory, 'projects.db'), MIGRATIONS);
  const select = database.prepare<[], string>('SELECT directory FROM project ORDER BY directory');
  const find = database.prepare('SELECT 1 FROM project WHERE directory = ?');
  const insert = database.prepare('INSERT OR IGNORE INTO project (directory) VALUES (?)');
  const remove = database.prepare('DELETE FROM project WHERE directory = ?');
  return {
    add(directory) {
      if (find.get(directory) === undefined) insert.run(directory);
    },
    forget(directory) {
      remove.run(directory);
    },
    list: () => select.pluck().all(),
    close: () => database.close(),
  };
}
