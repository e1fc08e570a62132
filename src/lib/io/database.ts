import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { MonoError } from '../errors.js';
import { ensureDirectory } from './ensure-directory.js';
import { ioError } from './io-error.js';
import { SqliteDatabase } from './sqlite-database.js';

/** How long a statement waits for another process's write transaction. */
const BUSY_TIMEOUT_MS = 30_000;

/**
 * Opens the SQLite database at `path` (created where it is missing) in WAL mode, with every commit
 * durable, and brings its schema up to date: entry `i` of `migrations` leads from `user_version` i
 * to i + 1. Entries are only ever appended.
 *
 * @throws {MonoError} `STORE_FORMAT_UNSUPPORTED` when a newer program has written it, `IO_FAILED`,
 *   `DISK_FULL`
 */
export function openDatabase(path: string, migrations: readonly string[]): SqliteDatabase {
  try {
    ensureDirectory(dirname(path));
    const database = new Database(path, { timeout: BUSY_TIMEOUT_MS });
    try {
      database.pragma('journal_mode = WAL');
      database.pragma('synchronous = FULL');
      database.pragma('foreign_keys = ON');
      migrate(database, path, migrations);
      return new SqliteDatabase(database, path);
    } catch (error) {
      database.close();
      throw error;
    }
  } catch (error) {
    throw ioError(error, 'open the database', path);
  }
}

function migrate(database: Database.Database, path: string, migrations: readonly string[]): void {
  if (versionOf(database) === migrations.length) return;
  const upgrade = database.transaction(() => {
    const version = versionOf(database);
    if (version > migrations.length) throw tooNew(path, version, migrations.length);
    for (const sql of migrations.slice(version)) database.exec(sql);
    database.pragma(`user_version = ${migrations.length}`);
  });
  upgrade.immediate();
}

function versionOf(database: Database.Database): number {
  return database.pragma('user_version', { simple: true }) as number;
}

function tooNew(path: string, version: number, known: number): MonoError {
  return new MonoError(
    'STORE_FORMAT_UNSUPPORTED',
    `Cannot open the database \`${path}\`: its schema has version ${version}, known is ${known}`,
    { details: { path, version, known }, hint: 'Use the newer mono that wrote it.' },
  );
}
