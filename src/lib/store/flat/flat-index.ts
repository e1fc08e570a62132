/**
 * What a flat store knows beside its block files (`docs/formats/flat.md`, "index.db"): how often
 * blocks are referred to, and which files are still to be deleted.
 *
 *     links    key, count   counted nodes that link to the block
 *     pins     key, count   references from outside
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

const MIGRATIONS = [
  `CREATE TABLE links (key BLOB PRIMARY KEY, count INTEGER NOT NULL) STRICT, WITHOUT ROWID;
   CREATE TABLE pins (key BLOB PRIMARY KEY, count INTEGER NOT NULL) STRICT, WITHOUT ROWID;
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
  readonly #database: SqliteDatabase;
  readonly #statements: ReturnType<typeof prepareAll>;

  /**
   * Opens the index of the store in `directory`, creating it where it is missing.
   *
   * @throws {MonoError} as `openDatabase`
   */
  constructor(directory: string) {
    this.#database = openDatabase(join(directory, 'index.db'), MIGRATIONS);
    this.#statements = prepareAll(this.#database);
  }

  /**
   * Counts the links of nodes that have come since the last time.
   *
   * @throws {MonoError} `STORE_BLOCK_CORRUPT`, `STORE_NODE_INVALID`
   */
  bringUpToDate(blocks: CountedBlocks): void {
    const { isCounted, addCounted, addLink } = this.#statements;
    this.write(() => {
      for (const key of blocks.keys()) {
        if (codecOfKey(key) !== NODE_CODEC) continue;
        const node = bytesOfKey(key);
        if (isCounted.get(node, node) !== undefined) continue;
        const bytes = blocks.read(key);
        if (!bytes) continue;
        for (const link of linkedKeys(cidOfKey(key), bytes)) addLink.run(bytesOfKey(link));
        addCounted.run(node);
      }
    });
  }

  countReferences(key: BlockKey): number {
    const bytes = bytesOfKey(key);
    const { links, pins } = this.#statements;
    return (links.get(bytes) ?? 0) + (pins.get(bytes) ?? 0);
  }

  addPin(key: BlockKey): void {
    this.#statements.addPin.run(bytesOfKey(key));
  }

  /** Drops one pin, if there is any. */
  dropPin(key: BlockKey): void {
    this.#statements.dropPin.run(bytesOfKey(key));
    this.#statements.clearPins.run();
  }

  dropLink(key: BlockKey): void {
    this.#statements.dropLink.run(bytesOfKey(key));
  }

  pinned(): BlockKey[] {
    return this.#statements.pinned.all().map(keyFromBytes);
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
    this.#database.exec('DELETE FROM links; DELETE FROM counted');
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
    links: database.prepare<[Uint8Array], number>('SELECT count FROM links WHERE key = ?').pluck(),
    pins: database.prepare<[Uint8Array], number>('SELECT count FROM pins WHERE key = ?').pluck(),
    addLink: database.prepare<[Uint8Array]>(
      'INSERT INTO links VALUES (?, 1) ON CONFLICT DO UPDATE SET count = count + 1',
    ),
    dropLink: database.prepare<[Uint8Array]>('UPDATE links SET count = count - 1 WHERE key = ?'),
    addPin: database.prepare<[Uint8Array]>(
      'INSERT INTO pins VALUES (?, 1) ON CONFLICT DO UPDATE SET count = count + 1',
    ),
    dropPin: database.prepare<[Uint8Array]>('UPDATE pins SET count = count - 1 WHERE key = ?'),
    clearPins: database.prepare('DELETE FROM pins WHERE count = 0'),
    pinned: database.prepare<[], Uint8Array>('SELECT key FROM pins').pluck(),
    doom: database.prepare<[Uint8Array]>('INSERT OR IGNORE INTO doomed VALUES (?)'),
    doomed: database.prepare<[], Uint8Array>('SELECT key FROM doomed').pluck(),
  };
}
