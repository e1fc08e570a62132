import { join } from 'node:path';
import { openDatabase } from '../../io/database.js';
import type { SqliteDatabase } from '../../io/sqlite-database.js';
import type { ProcessIdentity } from './process-identity.js';
import type { KeptEnding, SandboxDefinition, SandboxRecord } from './sandbox-record.js';

/**
 * Migrations of `sandboxes.db`. Identities of processes, definitions and endings are JSON: nothing
 * is looked for by what they hold.
 */
const MIGRATIONS = [
  `CREATE TABLE sandbox (
     id TEXT PRIMARY KEY,
     name TEXT NOT NULL UNIQUE,
     status TEXT NOT NULL CHECK (status IN ('starting', 'running', 'stopped')),
     created_ms INTEGER NOT NULL,
     started_ms INTEGER,
     root TEXT NOT NULL,
     definition TEXT NOT NULL,
     vmm TEXT,
     starter TEXT,
     monitor TEXT,
     ending TEXT
   ) STRICT, WITHOUT ROWID;`,
];

interface Row {
  readonly id: string;
  readonly name: string;
  readonly status: SandboxRecord['status'];
  readonly created_ms: number;
  readonly started_ms: number | null;
  readonly definition: string;
  readonly vmm: string | null;
  readonly starter: string | null;
  readonly monitor: string | null;
  readonly ending: string | null;
}

/** A record, and what only those who keep it need. */
export interface StoredSandbox extends SandboxRecord {
  /** the process that is starting it, if one is */
  readonly starter: ProcessIdentity | undefined;
  /** false: it has a name and a root, and is not described yet */
  readonly isDefined: boolean;
}

/** What a started sandbox has. */
export interface SandboxStart {
  readonly vmm: string;
  readonly monitor: ProcessIdentity;
  readonly atMs: number;
}

/** The sandboxes of this user in SQLite. What changes a row says which state it must be in. */
export class SandboxTable {
  readonly #database: SqliteDatabase;

  /** @throws {MonoError} `IO_FAILED`, `DISK_FULL`, `STORE_FORMAT_UNSUPPORTED` */
  constructor(dataDirectory: string) {
    this.#database = openDatabase(join(dataDirectory, 'sandboxes.db'), MIGRATIONS);
  }

  /**
   * Adds a sandbox that is starting, to be defined next; returns false when the name is taken. Undefined
   * it is one that is forgotten at its end.
   */
  insert(
    { id, name, createdMs }: Pick<SandboxRecord, 'id' | 'name' | 'createdMs'>,
    root: string,
    starter: ProcessIdentity | undefined,
  ): boolean {
    const insert = this.#database.prepare(
      `INSERT INTO sandbox (id, name, status, created_ms, root, definition, starter)
       VALUES (?, ?, 'starting', ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
    );
    const draft = json({ root, removeAtEnd: true });
    return insert.run(id, name, createdMs, root, draft, json(starter)).changes > 0;
  }

  /** Notes what a starting sandbox is. */
  define(id: string, definition: SandboxDefinition): void {
    const update = this.#database.prepare('UPDATE sandbox SET definition = ? WHERE id = ?');
    update.run(JSON.stringify(definition), id);
  }

  /** Makes a stopped sandbox start again; returns false when it is not stopped. */
  restart(id: string, starter: ProcessIdentity | undefined): boolean {
    const update = this.#database.prepare(
      `UPDATE sandbox SET status = 'starting', starter = ?, monitor = NULL
       WHERE id = ? AND status = 'stopped'`,
    );
    return update.run(json(starter), id).changes > 0;
  }

  /** Notes that the monitor of a starting sandbox runs. */
  start(id: string, { vmm, monitor, atMs }: SandboxStart): void {
    const update = this.#database.prepare(
      `UPDATE sandbox SET status = 'running', vmm = ?, monitor = ?, started_ms = ?, starter = NULL,
         ending = NULL WHERE id = ? AND status = 'starting'`,
    );
    update.run(vmm, json(monitor), atMs, id);
  }

  /** Notes that a sandbox has ended, unless it has meanwhile been started again or noted before. */
  stop(sandbox: StoredSandbox, ending: KeptEnding): void {
    const update = this.#database.prepare(
      `UPDATE sandbox SET status = 'stopped', starter = NULL, monitor = NULL, ending = ?
       WHERE id = ? AND status = ? AND monitor IS ? AND starter IS ?`,
    );
    const { id, status, monitor, starter } = sandbox;
    update.run(JSON.stringify(ending), id, status, json(monitor), json(starter));
  }

  /** Returns all, the oldest first. */
  list(): StoredSandbox[] {
    const select = this.#database.prepare<[], Row>('SELECT * FROM sandbox ORDER BY created_ms, id');
    return select.all().map(recordOf);
  }

  find(id: string): StoredSandbox | undefined {
    const row = this.#database.prepare<[string], Row>('SELECT * FROM sandbox WHERE id = ?').get(id);
    return row && recordOf(row);
  }

  remove(id: string): void {
    this.#database.prepare('DELETE FROM sandbox WHERE id = ?').run(id);
  }

  close(): void {
    this.#database.close();
  }
}

function recordOf(row: Row): StoredSandbox {
  const definition = JSON.parse(row.definition) as SandboxDefinition;
  return {
    ...definition,
    isDefined: 'spec' in definition,
    id: row.id,
    name: row.name,
    status: row.status,
    createdMs: row.created_ms,
    startedMs: row.started_ms ?? undefined,
    vmm: row.vmm ?? undefined,
    starter: parsed(row.starter) as ProcessIdentity | undefined,
    monitor: parsed(row.monitor) as ProcessIdentity | undefined,
    ending: parsed(row.ending) as KeptEnding | undefined,
  };
}

function json(value: unknown): string | null {
  return value === undefined ? null : JSON.stringify(value);
}

/** Only this program writes the column. */
function parsed(text: string | null): unknown {
  return text === null ? undefined : JSON.parse(text);
}
