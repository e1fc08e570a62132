/**
 * References in the tables of an index, and the pins among them also in a record of their own:
 *
 *     links    key, count   counted nodes that link to the block
 *     pins     key, count   references from outside
 */
import { join } from 'node:path';
import type { SqliteDatabase } from '../../io/sqlite-database.js';
import { bytesOfKey, keyFromBytes, type BlockKey } from '../block/block-id.js';
import { readPinRecord, writePinRecord, type PinCount } from './pin-record.js';

/** Creates the tables; part of the schema of each index that has them. */
export const CREATE_REFERENCE_TABLES = `
  CREATE TABLE links (key BLOB PRIMARY KEY, count INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE pins (key BLOB PRIMARY KEY, count INTEGER NOT NULL) STRICT, WITHOUT ROWID;`;

/** Returns the path of the record of pins of the store in `directory`. */
export function pinRecordIn(directory: string): string {
  return join(directory, 'pins');
}

/** The references in an index. All calls are synchronous. */
export class ReferenceTable {
  readonly #database: SqliteDatabase;
  readonly #recordPath: string;
  readonly #statements: ReturnType<typeof prepareAll>;
  #hasUnsavedPins = false;

  /** `directory` is that of the store. */
  constructor(database: SqliteDatabase, directory: string) {
    this.#database = database;
    this.#recordPath = pinRecordIn(directory);
    this.#statements = prepareAll(database);
  }

  /** Returns the number of counted nodes that link to the block, plus its pins. */
  of(key: BlockKey): number {
    const bytes = bytesOfKey(key);
    const { links, countPins } = this.#statements;
    return (links.get(bytes) ?? 0) + (countPins.get(bytes) ?? 0);
  }

  addLink(key: BlockKey): void {
    this.#statements.addLink.run(bytesOfKey(key));
  }

  dropLink(key: BlockKey): void {
    this.#statements.dropLink.run(bytesOfKey(key));
  }

  /** Forgets all links, so that they are counted anew. */
  forgetLinks(): void {
    this.#database.exec('DELETE FROM links');
  }

  /**
   * Adds a pin, durably.
   *
   * @throws {MonoError} `IO_FAILED`, `DISK_FULL`
   */
  addPin(key: BlockKey): void {
    this.#database.write(() => {
      this.#statements.addPin.run({ key: bytesOfKey(key), count: 1 });
      this.savePins();
    });
  }

  /** Drops one pin, if there is any, in a transaction that ends with {@link ReferenceTable.savePinsIfChanged}. */
  dropPin(key: BlockKey): void {
    const { changes } = this.#statements.dropPin.run(bytesOfKey(key));
    if (changes === 0) return;
    this.#hasUnsavedPins = true;
    this.#statements.clearPins.run();
  }

  pinned(): BlockKey[] {
    return this.#pins().map(({ key }) => key);
  }

  /** Writes the record where a pin was dropped. */
  savePinsIfChanged(): void {
    if (this.#hasUnsavedPins) this.savePins();
  }

  /**
   * Writes the record. Within a transaction that changes pins this comes last, so that what undoes
   * the transaction undoes it before the record has changed.
   *
   * @throws {MonoError} `IO_FAILED`, `DISK_FULL`
   */
  savePins(): void {
    writePinRecord(this.#recordPath, this.#pins());
    this.#hasUnsavedPins = false;
  }

  /**
   * Takes the pins from the record where the table, as that of a new index, has none.
   *
   * @throws {MonoError} as `readPinRecord`
   */
  restorePins(): void {
    if (this.#statements.hasPins.get() !== undefined) return;
    const pins = readPinRecord(this.#recordPath);
    if (pins.length === 0) return;
    this.#database.write(() => {
      if (this.#statements.hasPins.get() !== undefined) return;
      for (const { key, count } of pins) {
        this.#statements.addPin.run({ key: bytesOfKey(key), count });
      }
    });
  }

  /** Returns whether the record has every pin of the table. */
  isRecorded(): boolean {
    const recorded = new Map(readPinRecord(this.#recordPath).map(({ key, count }) => [key, count]));
    return this.#pins().every(({ key, count }) => (recorded.get(key) ?? 0) >= count);
  }

  #pins(): PinCount[] {
    return this.#statements.pins.all().map(({ key, count }) => ({ key: keyFromBytes(key), count }));
  }
}

function prepareAll(database: SqliteDatabase) {
  return {
    links: database.prepare<[Uint8Array], number>('SELECT count FROM links WHERE key = ?').pluck(),
    addLink: database.prepare<[Uint8Array]>(
      'INSERT INTO links VALUES (?, 1) ON CONFLICT DO UPDATE SET count = count + 1',
    ),
    dropLink: database.prepare<[Uint8Array]>('UPDATE links SET count = count - 1 WHERE key = ?'),
    hasPins: database.prepare<[], number>('SELECT 1 FROM pins LIMIT 1').pluck(),
    pins: database.prepare<[], { readonly key: Uint8Array; readonly count: number }>(
      'SELECT key, count FROM pins ORDER BY key',
    ),
    countPins: database
      .prepare<[Uint8Array], number>('SELECT count FROM pins WHERE key = ?')
      .pluck(),
    addPin: database.prepare<{ key: Uint8Array; count: number }>(
      `INSERT INTO pins VALUES ($key, $count)
       ON CONFLICT DO UPDATE SET count = count + excluded.count`,
    ),
    dropPin: database.prepare<[Uint8Array]>('UPDATE pins SET count = count - 1 WHERE key = ?'),
    clearPins: database.prepare('DELETE FROM pins WHERE count = 0'),
  };
}
