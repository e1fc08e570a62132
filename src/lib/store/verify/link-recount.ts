import { bytesOfKey, keyFromBytes, type BlockKey } from '../block/block-id.js';
import type { PackIndex } from '../pack/index/pack-index.js';

/**
 * Counts links anew, in a temporary table, and compares them with what the index says. The memory it
 * takes does not grow with the store.
 */
export class LinkRecount {
  readonly #statements: ReturnType<typeof prepareAll>;

  /** `snapshot` is an index that is only read. */
  constructor(snapshot: PackIndex) {
    snapshot.database.exec(
      `CREATE TEMP TABLE recount
         (key BLOB PRIMARY KEY, counted INTEGER NOT NULL) STRICT, WITHOUT ROWID`,
    );
    this.#statements = prepareAll(snapshot);
  }

  /** Returns up to which offset the links of a pack's nodes are in the index's counts, in bytes. */
  countedEndOf(pack: number): number {
    return this.#statements.countedEnd.get(pack) ?? 0;
  }

  /** Takes a link in; `isCounted` says whether the index's count has it in. */
  add(key: BlockKey, isCounted: boolean): void {
    this.#statements.add.run(bytesOfKey(key), isCounted ? 1 : 0);
  }

  /** Yields the keys whose count in the index is another one than was counted. */
  *differences(): Generator<BlockKey> {
    for (const key of this.#statements.differences.iterate()) yield keyFromBytes(key);
  }

  /** Yields the keys that links or pins refer to and the index does not have. */
  *missing(): Generator<BlockKey> {
    for (const key of this.#statements.missing.iterate()) yield keyFromBytes(key);
  }
}

function prepareAll({ database }: PackIndex) {
  return {
    countedEnd: database
      .prepare<[number], number>('SELECT counted FROM packs WHERE pack = ?')
      .pluck(),
    add: database.prepare<[Uint8Array, number]>(
      `INSERT INTO temp.recount VALUES (?, ?)
       ON CONFLICT DO UPDATE SET counted = counted + excluded.counted`,
    ),
    differences: database
      .prepare<[], Uint8Array>(
        `SELECT key FROM links LEFT JOIN temp.recount USING (key)
           WHERE links.count <> ifnull(recount.counted, 0)
         UNION ALL
         SELECT key FROM temp.recount LEFT JOIN links USING (key)
           WHERE recount.counted <> 0 AND links.key IS NULL`,
      )
      .pluck(),
    missing: database
      .prepare<[], Uint8Array>(
        `SELECT key FROM (SELECT key FROM temp.recount UNION SELECT key FROM pins)
         WHERE key NOT IN (SELECT key FROM blocks)`,
      )
      .pluck(),
  };
}
