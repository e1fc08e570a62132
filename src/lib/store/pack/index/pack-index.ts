/**
 * The index of the packs: which block lies where, which packs there are and who appends to them
 * (`docs/formats/store-index.md`). A row is committed only after the bytes it points to are durable.
 */
import { dirname } from 'node:path';
import { openDatabase } from '../../../io/database.js';
import type { SqliteDatabase } from '../../../io/sqlite-database.js';
import type { BlockKey } from '../../block/block-id.js';
import { CREATE_REFERENCE_TABLES, ReferenceTable } from '../../gc/reference-table.js';
import type { Segment } from '../segment.js';
import { BlockTable, type NewBlockRow } from './block-table.js';
import { PackTable, type PackRow } from './pack-table.js';

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

/** The tables of the index, and the transactions that span them. All calls are synchronous. */
export class PackIndex {
  readonly database: SqliteDatabase;
  readonly blocks: BlockTable;
  readonly packs: PackTable;
  readonly references: ReferenceTable;
  readonly path: string;

  /**
   * Opens the index at `path`, creating it where it is missing.
   *
   * @throws {MonoError} as `openDatabase`
   */
  constructor(path: string) {
    this.path = path;
    this.database = openDatabase(path, MIGRATIONS);
    this.blocks = new BlockTable(this.database);
    this.packs = new PackTable(this.database);
    this.references = new ReferenceTable(this.database, dirname(path));
  }

  /** Opens the index as it is now: what is committed later does not show. For reading only. */
  openSnapshot(): PackIndex {
    const snapshot = new PackIndex(this.path);
    snapshot.database.exec('BEGIN; SELECT count(*) FROM packs;');
    return snapshot;
  }

  /** Runs `fn` in one transaction. */
  write(fn: () => void): void {
    this.database.write(fn);
  }

  /** Makes the blocks of durable segments visible, all or none; blocks that were there stay. */
  commitSegments(segments: readonly Segment[]): void {
    this.#placeSegments(segments, (rows) => this.blocks.insertAll(rows));
  }

  /** Points the rows of blocks to the durable segments they were copied to; absent rows are added. */
  moveSegments(segments: readonly Segment[]): void {
    this.#placeSegments(segments, (rows) => {
      for (const row of rows) this.blocks.replace(row);
    });
  }

  /** Deletes the rows of blocks and of packs, all or none. */
  deleteBlocksAndPacks(keys: Iterable<BlockKey>, packs: readonly PackRow[]): void {
    this.write(() => {
      for (const key of keys) this.blocks.delete(key);
      for (const { pack } of packs) this.packs.delete(pack);
    });
  }

  /** Forgets how often blocks are linked to, so that it is counted anew. */
  forgetCounts(): void {
    this.write(() => {
      this.references.forgetLinks();
      this.packs.forgetCounts();
    });
  }

  close(): void {
    this.database.close();
  }

  #placeSegments(segments: readonly Segment[], place: (rows: NewBlockRow[]) => void): void {
    if (segments.length === 0) return;
    this.write(() => {
      for (const segment of segments) {
        const { home } = segment;
        if (!home) continue;
        place(rowsOf(segment, home.pack));
        this.packs.grow(home.pack, home.offsetBytes + segment.segmentBytes);
      }
    });
  }
}

function rowsOf(segment: Segment, pack: number): NewBlockRow[] {
  return segment.blocks.map((block) => ({
    key: block.key,
    pack,
    offset: segment.offsetOf(block) ?? 0,
    stored: block.storedBytes,
    size: block.sizeBytes,
    encoding: block.encoding,
  }));
}
