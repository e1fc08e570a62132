import type { SqliteDatabase } from '../../../io/sqlite-database.js';
import { PACK_VERSION, type PackForm, type PackHeader } from '../pack-format.js';

/** A pack as the index knows it. */
export interface PackRow extends PackHeader {
  readonly pack: number;
  /** how much of the file is committed, in `bytes`; what lies behind was left by a crash */
  readonly size: number;
}

/** Which packs there are and who appends to them. All calls are synchronous and atomic. */
export class PackTable {
  readonly #database: SqliteDatabase;
  readonly #statements: ReturnType<typeof prepareAll>;

  /** @param database one with the tables of the index */
  constructor(database: SqliteDatabase) {
    this.#database = database;
    this.#statements = prepareAll(database);
  }

  all(): PackRow[] {
    return this.#statements.all.all();
  }

  find(pack: number): PackRow | undefined {
    return this.#statements.find.get(pack);
  }

  /** Returns whether some pack may have compressed blocks. */
  hasCompressed(): boolean {
    return this.#statements.hasVersion.get(PACK_VERSION.compressed) !== undefined;
  }

  /** Adds a new pack that `session` appends to, and returns its number. */
  add(header: PackHeader, owner: { size: number; session: number | null }): number {
    const { id, kind, version } = header;
    return Number(
      this.#statements.add.run(id, kind, version, owner.size, owner.session).lastInsertRowid,
    );
  }

  /**
   * Gives `session` a pack that nobody appends to, that is at most `sizeLimit` bytes long, and that
   * can hold what packs of this form can.
   */
  adopt(form: PackForm, sizeLimit: number, session: number): PackRow | undefined {
    return this.#database.write(() => {
      const row = this.#statements.adoptable.get(form.kind, form.version, sizeLimit);
      if (row) this.#statements.setSession.run(session, row.pack);
      return row;
    });
  }

  /** Commits that a pack is at least `size` bytes long. */
  grow(pack: number, size: number): void {
    this.#statements.grow.run(size, pack);
  }

  delete(pack: number): void {
    this.#statements.delete.run(pack);
  }

  /** Has the links in all packs counted anew. */
  forgetCounts(): void {
    this.#statements.forgetCounts.run();
  }
}

function prepareAll(database: SqliteDatabase) {
  const select = 'SELECT pack, id, kind, version, size FROM packs';
  return {
    all: database.prepare<[], PackRow>(`${select} ORDER BY pack`),
    find: database.prepare<[number], PackRow>(`${select} WHERE pack = ?`),
    hasVersion: database
      .prepare<[number], number>('SELECT 1 FROM packs WHERE version = ? LIMIT 1')
      .pluck(),
    add: database.prepare<[string, string, number, number, number | null]>(
      'INSERT INTO packs (id, kind, version, size, session) VALUES (?, ?, ?, ?, ?)',
    ),
    adoptable: database.prepare<[string, number, number], PackRow>(
      `${select} WHERE session IS NULL AND kind = ? AND version >= ? AND size <= ?
       ORDER BY pack LIMIT 1`,
    ),
    setSession: database.prepare<[number, number]>('UPDATE packs SET session = ? WHERE pack = ?'),
    grow: database.prepare<[number, number]>('UPDATE packs SET size = max(size, ?) WHERE pack = ?'),
    delete: database.prepare<[number]>('DELETE FROM packs WHERE pack = ?'),
    forgetCounts: database.prepare<[]>('UPDATE packs SET counted = 0'),
  };
}
