/**
 * The index of the packs: which block lies where, which packs there are and who appends to them
 * (`docs/formats/store-index.md`). A row is committed only after the bytes it points to are durable.
 */
import { dirname } from 'node:path';
import { openDatabase } from '../../io/database.js';
import type { SqliteDatabase } from '../../io/sqlite-database.js';
import { bytesOfKey, codecOfKey, RAW_CODEC, type BlockKey } from '../block/block-id.js';
import { CREATE_REFERENCE_TABLES, ReferenceTable } from '../gc/reference-table.js';
import { PACK_VERSION, type PackForm, type PackHeader } from './pack-format.js';
import type { Segment } from './segment.js';

const MIGRATIONS = [
  `CREATE TABLE sessions (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     pid INTEGER NOT NULL,
     started TEXT NOT NULL
   ) STRICT;
   CREATE TABLE packs (
     pack INTEGER PRIMARY KEY AUTOINCREMENT,
     id TEXT NOT NULL UNIQUE,
     kind TEXT NOT NULL CHECK (kind IN ('data', 'node')),
     size INTEGER NOT NULL,
     session INTEGER
   ) STRICT;
   CREATE TABLE blocks (
     key BLOB PRIMARY KEY,
     pack INTEGER NOT NULL,
     offset INTEGER NOT NULL,
     stored INTEGER NOT NULL,
     size INTEGER NOT NULL,
     encoding INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;`,
  `${CREATE_REFERENCE_TABLES}
   ALTER TABLE packs ADD COLUMN counted INTEGER NOT NULL DEFAULT 0;`,
  `ALTER TABLE packs ADD COLUMN version INTEGER NOT NULL DEFAULT 1;`,
];

/** Where a block lies. */
export interface BlockRow {
  readonly pack: number;
  readonly offset: number;
  /** length in the pack in `bytes` */
  readonly stored: number;
  /** length of the block itself in `bytes` */
  readonly size: number;
  readonly encoding: number;
}

/** A pack as the index knows it. */
export interface PackRow extends PackHeader {
  readonly pack: number;
  /** how much of the file is committed, in `bytes`; what lies behind was left by a crash */
  readonly size: number;
}

/** A row to be written for a block. */
export interface NewBlockRow extends BlockRow {
  readonly key: BlockKey;
}

/** Queries and transactions on the index. All calls are synchronous and atomic. */
export class PackIndex {
  readonly database: SqliteDatabase;
  readonly path: string;
  readonly references: ReferenceTable;
  readonly #statements: ReturnType<typeof prepareAll>;

  /**
   * Opens the index at `path`, creating it where it is missing.
   *
   * @throws {MonoError} as `openDatabase`
   */
  constructor(path: string) {
    this.path = path;
    this.database = openDatabase(path, MIGRATIONS);
    this.references = new ReferenceTable(this.database, dirname(path));
    this.#statements = prepareAll(this.database);
  }

  /** Opens the index as it is now: what is committed later does not show. For reading only. */
  openSnapshot(): PackIndex {
    const snapshot = new PackIndex(this.path);
    snapshot.database.exec('BEGIN; SELECT count(*) FROM packs;');
    return snapshot;
  }

  find(key: BlockKey): BlockRow | undefined {
    const row = this.#statements.find.get(bytesOfKey(key));
    if (!row) return undefined;
    const [pack, offset, stored, size, encoding] = row;
    return { pack, offset, stored, size, encoding };
  }

  /** Returns the row of each block. One transaction, in the order of the keys: a fifth of the time. */
  findAll(keys: readonly (BlockKey | undefined)[]): (BlockRow | undefined)[] {
    const rows: (BlockRow | undefined)[] = Array.from({ length: keys.length });
    this.database.read(() => {
      for (const position of inKeyOrder(keys)) {
        const key = keys[position];
        rows[position] = key === undefined ? undefined : this.find(key);
      }
    });
    return rows;
  }

  /** Returns whether there is a row for the block, at a third of the cost of `find`. */
  has(key: BlockKey): boolean {
    return this.#statements.has.get(bytesOfKey(key)) !== undefined;
  }

  /** Returns those of `keys` for which there are rows. */
  known(keys: readonly BlockKey[]): ReadonlySet<BlockKey> {
    return this.database.read(() => new Set(keys.filter((key) => this.has(key))));
  }

  countBlocks(): number {
    return this.#statements.count.get()?.count ?? 0;
  }

  packs(): PackRow[] {
    return this.#statements.packs.all();
  }

  pack(pack: number): PackRow | undefined {
    return this.#statements.pack.get(pack);
  }

  /** Adds a new pack that `session` appends to, and returns its number. */
  addPack(header: PackHeader, owner: { size: number; session: number | null }): number {
    const { id, kind, version } = header;
    return Number(
      this.#statements.addPack.run(id, kind, version, owner.size, owner.session).lastInsertRowid,
    );
  }

  /** Returns whether some pack may have compressed blocks. */
  hasCompressedPacks(): boolean {
    return this.#statements.hasVersion.get(PACK_VERSION.compressed) !== undefined;
  }

  /**
   * Gives `session` a pack that nobody appends to, that is at most `sizeLimit` bytes long, and that
   * can hold what packs of this form can.
   */
  adoptPack(form: PackForm, sizeLimit: number, session: number): PackRow | undefined {
    return this.database.write(() => {
      const row = this.#statements.adoptable.get(form.kind, form.version, sizeLimit);
      if (row) this.#statements.setSession.run(session, row.pack);
      return row;
    });
  }

  /** Makes the blocks of durable segments visible, all or none. */
  commitSegments(segments: readonly Segment[]): void {
    this.write(() => {
      for (const segment of segments) {
        const { home } = segment;
        if (!home) continue;
        const rows = segment.blocks.map((block) => ({
          key: block.key,
          pack: home.pack,
          offset: segment.offsetOf(block) ?? 0,
          stored: block.storedBytes,
          size: block.sizeBytes,
          encoding: block.encoding,
        }));
        this.#insertBlocks(rows);
        this.setPackSize(home.pack, home.offsetBytes + segment.segmentBytes);
      }
    });
  }

  /** Runs `fn` in one transaction. */
  write(fn: () => void): void {
    this.database.write(fn);
  }

  /** Adds a block unless there is one of this key, which then stays. */
  insertBlock(row: NewBlockRow): void {
    this.#statements.insert.run(...valuesOf(row));
  }

  /** Adds blocks as `insertBlock` does, in half of the time: sorted, many with one statement. */
  #insertBlocks(rows: NewBlockRow[]): void {
    rows.sort((a, b) => (a.key < b.key ? -1 : 1));
    let next = 0;
    for (; next + ROWS_PER_INSERT <= rows.length; next += ROWS_PER_INSERT) {
      this.#statements.insertMany.run(
        ...rows.slice(next, next + ROWS_PER_INSERT).flatMap((row) => valuesOf(row)),
      );
    }
    for (const row of rows.slice(next)) this.insertBlock(row);
  }

  /** Points the rows of blocks to the durable segments they were copied to; absent rows are added. */
  moveSegments(segments: readonly Segment[]): void {
    if (segments.length === 0) return;
    this.write(() => {
      for (const segment of segments) {
        const { home } = segment;
        if (!home) continue;
        for (const block of segment.blocks) {
          const offset = segment.offsetOf(block) ?? 0;
          const { storedBytes, sizeBytes, encoding } = block;
          const place = [home.pack, offset, storedBytes, sizeBytes, encoding] as const;
          this.#statements.move.run(bytesOfKey(block.key), ...place);
        }
        this.setPackSize(home.pack, home.offsetBytes + segment.segmentBytes);
      }
    });
  }

  /** Deletes the rows of blocks and of packs, all or none. */
  deleteBlocksAndPacks(keys: Iterable<BlockKey>, packs: readonly PackRow[]): void {
    this.write(() => {
      for (const key of keys) this.#statements.deleteBlock.run(bytesOfKey(key));
      for (const { pack } of packs) this.#statements.deletePack.run(pack);
    });
  }

  deleteBlock(key: BlockKey): void {
    this.#statements.deleteBlock.run(bytesOfKey(key));
  }

  /** Forgets how often blocks are linked to, so that it is counted anew. */
  forgetCounts(): void {
    this.write(() => {
      this.references.forgetLinks();
      this.database.exec('UPDATE packs SET counted = 0');
    });
  }

  /** Yields the rows of all blocks in the order of their keys. */
  rowsByKey(): Iterable<BlockRow & { readonly key: Uint8Array }> {
    return this.#statements.rows.iterate();
  }

  setPackSize(pack: number, size: number): void {
    this.#statements.setSize.run(size, pack);
  }

  close(): void {
    this.database.close();
  }
}

/** Rows that one statement adds. Beyond this the time per row hardly falls. */
const ROWS_PER_INSERT = 32;

/** Positions and the first 32 bits behind the codec share a number that is exact. */
const MAX_SORTED_KEYS = 2 ** 21;

/** Returns the positions of `keys`, roughly sorted by key: neighbours share pages of the index. */
function inKeyOrder(keys: readonly (BlockKey | undefined)[]): Iterable<number> {
  if (keys.length > MAX_SORTED_KEYS) return keys.keys();
  const ranks = Float64Array.from(keys, (key, position) => {
    return (key === undefined ? 0 : rankOf(key)) * MAX_SORTED_KEYS + position;
  });
  return ranks.sort().map((rank) => rank % MAX_SORTED_KEYS);
}

/** Returns the first 31 bits of a hash below a bit for the codec. */
function rankOf(key: BlockKey): number {
  const codec = codecOfKey(key) === RAW_CODEC ? 0 : 2 ** 31;
  let bits = 0;
  for (let at = 1; at <= 4; at += 1) bits = bits * 256 + key.charCodeAt(at);
  return codec + Math.floor(bits / 2);
}

type BlockValues = [Uint8Array, number, number, number, number, number];

function valuesOf(row: NewBlockRow): BlockValues {
  const { key, pack, offset, stored, size, encoding } = row;
  return [bytesOfKey(key), pack, offset, stored, size, encoding];
}

function prepareAll(database: SqliteDatabase) {
  const insert = 'INSERT OR IGNORE INTO blocks (key, pack, offset, stored, size, encoding) VALUES';
  const row = '(?, ?, ?, ?, ?, ?)';
  const packColumns = 'SELECT pack, id, kind, version, size FROM packs';
  return {
    find: database
      .prepare<[Uint8Array], [number, number, number, number, number]>(
        'SELECT pack, offset, stored, size, encoding FROM blocks WHERE key = ?',
      )
      .raw(),
    has: database.prepare<[Uint8Array], number>('SELECT 1 FROM blocks WHERE key = ?').pluck(),
    count: database.prepare<[], { count: number }>('SELECT count(*) AS count FROM blocks'),
    insert: database.prepare<BlockValues>(`${insert} ${row}`),
    insertMany: database.prepare<BlockValues[number][]>(
      `${insert} ${Array.from({ length: ROWS_PER_INSERT }, () => row).join(', ')}`,
    ),
    packs: database.prepare<[], PackRow>(`${packColumns} ORDER BY pack`),
    pack: database.prepare<[number], PackRow>(`${packColumns} WHERE pack = ?`),
    addPack: database.prepare<[string, string, number, number, number | null]>(
      'INSERT INTO packs (id, kind, version, size, session) VALUES (?, ?, ?, ?, ?)',
    ),
    hasVersion: database
      .prepare<[number], number>('SELECT 1 FROM packs WHERE version = ? LIMIT 1')
      .pluck(),
    adoptable: database.prepare<[string, number, number], PackRow>(
      `${packColumns} WHERE session IS NULL AND kind = ? AND version >= ? AND size <= ?
       ORDER BY pack LIMIT 1`,
    ),
    setSession: database.prepare<[number, number]>('UPDATE packs SET session = ? WHERE pack = ?'),
    move: database.prepare<BlockValues>(
      `INSERT OR REPLACE INTO blocks (key, pack, offset, stored, size, encoding)
       VALUES (?, ?, ?, ?, ?, ?)`,
    ),
    deleteBlock: database.prepare<[Uint8Array]>('DELETE FROM blocks WHERE key = ?'),
    deletePack: database.prepare<[number]>('DELETE FROM packs WHERE pack = ?'),
    rows: database.prepare<[], BlockRow & { readonly key: Uint8Array }>(
      'SELECT key, pack, offset, stored, size, encoding FROM blocks ORDER BY key',
    ),
    setSize: database.prepare<[number, number]>(
      'UPDATE packs SET size = max(size, ?) WHERE pack = ?',
    ),
  };
}
