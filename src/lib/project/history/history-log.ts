import { join } from 'node:path';
import { openDatabase } from '../../io/database.js';
import type { SqliteDatabase } from '../../io/sqlite-database.js';

/** Migrations of `history.db`: times are `ms` since 1970, entries are texts as in mono.lock. */
const MIGRATIONS = [
  `CREATE TABLE change (
     number INTEGER PRIMARY KEY AUTOINCREMENT,
     directory TEXT NOT NULL,
     name TEXT NOT NULL,
     time INTEGER NOT NULL,
     action TEXT NOT NULL,
     version TEXT,
     source TEXT,
     entry TEXT
   ) STRICT;
   CREATE INDEX change_by_image ON change (directory, name, number);`,
];

/** What changed an image; `lockfile`: somebody else's change, found in mono.lock. */
export type ChangeAction = 'install' | 'upgrade' | 'rollback' | 'remove' | 'lockfile';

/** What a project had of one image after a change. */
export interface ImageState {
  readonly name: string;
  /** tag, or start of the digest; `null` once the image is removed */
  readonly version: string | null;
  /** the requirement exactly as mono.yaml spells it */
  readonly source: string | null;
  /** a lockfile that has this image alone */
  readonly entry: string | null;
  /** what tells one state from another: an entry that only learnt a root is the same state */
  readonly identity: string | null;
}

/** A change that was recorded; later ones have larger numbers. */
export interface RecordedChange extends Omit<ImageState, 'identity'> {
  readonly number: number;
  readonly directory: string;
  /** `ms` since 1970 */
  readonly time: number;
  readonly action: ChangeAction;
}

/** What is known of a state whose entry stands in the history. */
export type IdentityOf = (entry: string) => string;

/** The changes of all projects of this user on this machine. */
export interface HistoryLog {
  /**
   * Records each of `states` that is not what the image had last; of one that is, the entry is
   * brought up to date. All of it is durable when this returns.
   */
  record(directory: string, states: readonly ImageState[], action: ChangeAction): void;
  /** Returns the changes of the project in `directory`, oldest first. */
  list(directory: string): RecordedChange[];
  /** Returns the changes of all projects, oldest first. */
  listAll(): RecordedChange[];
  close(): void;
}

/**
 * Opens the history below the data directory.
 *
 * @throws {MonoError} `IO_FAILED`, `DISK_FULL`, `STORE_FORMAT_UNSUPPORTED`
 */
export function openHistory(dataDirectory: string, identityOf: IdentityOf): HistoryLog {
  const database = openDatabase(join(dataDirectory, 'history.db'), MIGRATIONS);
  const statements = prepareAll(database);
  function recordOne(directory: string, state: ImageState, action: ChangeAction): void {
    const { name, version, source, entry, identity } = state;
    const last = statements.last.get(directory, name);
    const known = last && (last.entry === null ? null : identityOf(last.entry));
    if (known === undefined && identity === null) return;
    if (known !== identity) {
      statements.insert.run(directory, name, Date.now(), action, version, source, entry);
    } else if (last && (last.entry !== entry || last.source !== source)) {
      statements.update.run(source, entry, last.number);
    }
  }
  return {
    record: (directory, states, action) =>
      database.write(() => {
        for (const state of states) recordOne(directory, state, action);
      }),
    list: (directory) => statements.ofProject.all(directory),
    listAll: () => statements.all.all(),
    close: () => database.close(),
  };
}

function prepareAll(database: SqliteDatabase) {
  return {
    last: database.prepare<[string, string], RecordedChange>(
      'SELECT * FROM change WHERE directory = ? AND name = ? ORDER BY number DESC LIMIT 1',
    ),
    ofProject: database.prepare<[string], RecordedChange>(
      'SELECT * FROM change WHERE directory = ? ORDER BY number',
    ),
    all: database.prepare<[], RecordedChange>('SELECT * FROM change ORDER BY number'),
    insert: database.prepare<(string | number | null)[]>(
      `INSERT INTO change (directory, name, time, action, version, source, entry)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
    ),
    update: database.prepare<(string | number | null)[]>(
      'UPDATE change SET source = ?, entry = ? WHERE number = ?',
    ),
  };
}
