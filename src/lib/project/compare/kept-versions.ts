import { join } from 'node:path';
import { CID } from 'multiformats/cid';
import { openDatabase } from '../../io/database.js';

/** Migrations of `versions.db`: names, and the CIDs of versions as text in base 32. */
const MIGRATIONS = [
  `CREATE TABLE version (name TEXT PRIMARY KEY, cid TEXT NOT NULL) STRICT, WITHOUT ROWID;`,
];

/** A version with the name that keeps it from being collected. */
export interface KeptVersion {
  readonly name: string;
  readonly cid: CID;
}

/** The versions of this user that have a name: collection keeps them and all they came from. */
export interface KeptVersions {
  /**
   * Gives the version `cid`, which must be durable, the name `name`; returns the version that had
   * it before, if that is another one. Idempotent.
   */
  keep(name: string, cid: CID): CID | undefined;
  /** Takes the name away; returns whether a version had it. */
  release(name: string): boolean;
  /** Returns all of them, sorted by name. */
  list(): KeptVersion[];
  close(): void;
}

/**
 * Opens the table of kept versions below the data directory.
 *
 * @throws {MonoError} `IO_FAILED`, `DISK_FULL`, `STORE_FORMAT_UNSUPPORTED`
 */
export function openKeptVersions(dataDirectory: string): KeptVersions {
  const database = openDatabase(join(dataDirectory, 'versions.db'), MIGRATIONS);
  const select = database.prepare<[], { name: string; cid: string }>(
    'SELECT name, cid FROM version ORDER BY name',
  );
  const find = database.prepare<[string], string>('SELECT cid FROM version WHERE name = ?');
  find.pluck();
  const upsert = database.prepare('INSERT OR REPLACE INTO version (name, cid) VALUES (?, ?)');
  const remove = database.prepare('DELETE FROM version WHERE name = ?');
  return {
    keep: (name, cid) =>
      database.write(() => {
        const before = find.get(name);
        upsert.run(name, cid.toString());
        return before === undefined || before === cid.toString() ? undefined : CID.parse(before);
      }),
    release: (name) => remove.run(name).changes > 0,
    list: () => select.all().map(({ name, cid }) => ({ name, cid: CID.parse(cid) })),
    close: () => database.close(),
  };
}
