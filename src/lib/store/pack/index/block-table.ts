import type { SqliteDatabase } from '../../../io/sqlite-database.js';
import { bytesOfKey, type BlockKey } from '../../block/block-id.js';
import { inKeyOrder } from './key-order.js';

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

/** A row to be written for a block. */
export interface NewBlockRow extends BlockRow {
  readonly key: BlockKey;
}

/** Rows that one statement adds. Beyond this the time per row hardly falls. */
const ROWS_PER_INSERT = 32;

/** Which block lies where. All calls are synchronous and atomic. */
export class BlockTable {
  readonly #database: SqliteDatabase;
  readonly #statements: ReturnType<typeof prepareAll>;

  /** @param database one with the tables of the index */
  constructor(database: SqliteDatabase) {
    this.#database = database;
    this.#statements = prepareAll(database);
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
    this.#database.read(() => {
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
    return this.#database.read(() => new Set(keys.filter((key) => this.has(key))));
  }

  count(): number {
    return this.#statements.count.get()?.count ?? 0;
  }

  /** Yields all rows in the order of their keys. */
  all(): Iterable<BlockRow & { readonly key: Uint8Array }> {
    return this.#statements.all.iterate();
  }

  /** Adds a row unless there is one of this key, which then stays. */
  insert(row: NewBlockRow): void {
    this.#statements.insert.run(...valuesOf(row));
  }

  /** Adds rows as `insert` does, in half of the time: sorted, in place, many with one statement. */
  insertAll(rows: NewBlockRow[]): void {
    rows.sort((a, b) => (a.key < b.key ? -1 : 1));
    let next = 0;
    for (; next + ROWS_PER_INSERT <= rows.length; next += ROWS_PER_INSERT) {
      this.#statements.insertMany.run(
        ...rows.slice(next, next + ROWS_PER_INSERT).flatMap((row) => valuesOf(row)),
      );
    }
    for (const row of rows.slice(next)) this.insert(row);
  }

  /** Sets the row of a block, whether or not there was one. */
  replace(row: NewBlockRow): void {
    this.#statements.replace.run(...valuesOf(row));
  }

  delete(key: BlockKey): void {
    this.#statements.delete.run(bytesOfKey(key));
  }
}

type BlockValues = [Uint8Array, number, number, number, number, number];

function valuesOf(row: NewBlockRow): BlockValues {
  const { key, pack, offset, stored, size, encoding } = row;
  return [bytesOfKey(key), pack, offset, stored, size, encoding];
}

function prepareAll(database: SqliteDatabase) {
  const into = 'INTO blocks (key, pack, offset, stored, size, encoding) VALUES';
  const row = '(?, ?, ?, ?, ?, ?)';
  return {
    find: database
      .prepare<[Uint8Array], [number, number, number, number, number]>(
        'SELECT pack, offset, stored, size, encoding FROM blocks WHERE key = ?',
      )
      .raw(),
    has: database.prepare<[Uint8Array], number>('SELECT 1 FROM blocks WHERE key = ?').pluck(),
    count: database.prepare<[], { count: number }>('SELECT count(*) AS count FROM blocks'),
    all: database.prepare<[], BlockRow & { readonly key: Uint8Array }>(
      'SELECT key, pack, offset, stored, size, encoding FROM blocks ORDER BY key',
    ),
    insert: database.prepare<BlockValues>(`INSERT OR IGNORE ${into} ${row}`),
    insertMany: database.prepare<BlockValues[number][]>(
      `INSERT OR IGNORE ${into} ${Array.from({ length: ROWS_PER_INSERT }, () => row).join(', ')}`,
    ),
    replace: database.prepare<BlockValues>(`INSERT OR REPLACE ${into} ${row}`),
    delete: database.prepare<[Uint8Array]>('DELETE FROM blocks WHERE key = ?'),
  };
}
