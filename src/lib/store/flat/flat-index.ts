/**
 * What a flat store knows beside its block files (`docs/formats/flat.md`, "index.db"): how often
 * blocks are referred to, and which files are still to be deleted.
 *
 *     links, pins           as `ReferenceTable` has them
 *     counted  key          nodes whose links are in `links`
 *     doomed   key          blocks whose deletion is committed and whose files may still be there
 */
import { join } from 'node:path';
import { openDatabase } from '../../io/database.js';
import type { SqliteDatabase } from '../../io/sqlite-database.js';
import {
  bytesOfKey,
  cidOfKey,
  codecOfKey,
  keyFromBytes,
  NODE_CODEC,
  type BlockKey,
} from '../block/block-id.js';
import { linkedKeys } from '../block/links-of.js';
import { CREATE_REFERENCE_TABLES, ReferenceTable } from '../gc/reference-table.js';

const MIGRATIONS = [
  `${CREATE_REFERENCE_TABLES}
   CREATE TABLE counted (key BLOB PRIMARY KEY) STRICT, WITHOUT ROWID;
   CREATE TABLE doomed (key BLOB PRIMARY KEY) STRICT, WITHOUT ROWID;`,
];

/** What counting reads. */
export interface CountedBlocks {
  keys(): Iterable<BlockKey>;
  /** Returns the checked bytes of a block, `undefined` where it has just been deleted. */
  read(key: BlockKey): Uint8Array | undefined;
}

/** The index of a flat store. All calls are synchronous and atomic. */
export class FlatIndex {
  readonly references: ReferenceTable;
  readonly #database: SqliteDatabase;
  readonly #statements: ReturnType<typeof prepareAll>;

  /**
   * Opens the index of the store in `directory`, creating it where it is missing.
   *
   * @throws {MonoError} as `openDatabase`
   */
  constructor(directory: string) {
    this.#database = openDatabase(join(directory, 'index.db'), MIGRATIONS);
    this.references = new ReferenceTable(this.#database, directory);
    this.#statements = prepareAll(this.#database);
  }

  /**
   * Counts the links of nodes that have come since the last time.
   *
   * @throws {MonoError} `STORE_BLOCK_CORRUPT`, `STORE_NODE_INVALID`
   */
  bringUpToDate(blocks: CountedBlocks): void {
    const { isCounted, addCounted } = this.#statements;
    this.write(() => {
      for (const key of blocks.keys()) {
        if (codecOfKey(key) !== NODE_CODEC) continue;
        const node = bytesOfKey(key);
        if (isCounted.get(node, node) !== undefined) continue;
        const bytes = blocks.read(key);
        if (!bytes) continue;
        for (const link of linkedKeys(cidOfKey(key), bytes)) this.references.addLink(link);
        addCounted.run(node);
      }
    });
  }

  /** Records that a block is to be deleted, and that its links do not count any more. */
  doom(key: BlockKey): void {
    this.#statements.dropCounted.run(bytesOfKey(key));
    this.#statements.doom.run(bytesOfKey(key));
  }

  doomed(): BlockKey[] {
    return this.#statements.doomed.all().map(keyFromBytes);
  }

  /** Records that the files of all doomed blocks are gone. */
  forgetDoomed(): void {
    this.#database.exec('DELETE FROM doomed');
  }

  /** Forgets how often blocks are linked to, so that it is counted anew. */
  forgetCounts(): void {
    this.references.forgetLinks();
    this.#database.exec('DELETE FROM counted');
  }

  /** Runs `fn` in one transaction. */
  write(fn: () => void): void {
    this.#database.write(fn);
  }

  close(): void {
    this.#database.close();
  }
}

function prepareAll(database: SqliteDatabase) {
  return {
    isCounted: database.prepare<[Uint8Array, Uint8Array], number>(
      `SELECT 1 FROM counted WHERE key = ? UNION ALL SELECT 1 FROM doomed WHERE key = ?`,
    ),
    addCounted: database.prepare<[Uint8Array]>('INSERT INTO counted VALUES (?)'),
    dropCounted: database.prepare<[Uint8Array]>('DELETE FROM counted WHERE key = ?'),
    doom: database.prepare<[Uint8Array]>('INSERT OR IGNORE INTO doomed VALUES (?)'),
    doomed: database.prepare<[], Uint8Array>('SELECT key FROM doomed').pluck(),
  };
}
