/**
 * Reference counts of a packed store (`docs/formats/store-index.md`, "Reference counts").
 *
 * Putting blocks does not touch them: they are brought up to date when somebody asks, from the
 * segments that have been committed to node packs since. A collection forgets them.
 */
import { MonoError } from '../../errors.js';
import { cidOfKey, codecOfKey, NODE_CODEC } from '../block/block-id.js';
import { linkedKeys } from '../block/links-of.js';
import { ENCODING } from '../compression/encode-block.js';
import { withFileForReading, type PackFiles } from './pack-files.js';
import { firstSegmentOffset, PACK_VERSION } from './pack-format.js';
import type { PackIndex } from './index/pack-index.js';
import type { PackRow } from './index/pack-table.js';
import { blockCorrupt, type PackReader } from './pack-reader.js';
import { segmentsOf, type FoundSegment } from './segments-of.js';

/** What counting reads. */
export interface CountedPacks {
  readonly index: PackIndex;
  readonly files: PackFiles;
  readonly reader: PackReader;
}

/** Keeps the links in the index of a packed store up to date. */
export class CountTable {
  readonly #packs: CountedPacks;
  readonly #statements: ReturnType<typeof prepareAll>;

  constructor(packs: CountedPacks) {
    this.#packs = packs;
    this.#statements = prepareAll(packs.index);
  }

  /**
   * Counts the links of nodes that were committed since the last time, in one transaction.
   *
   * @throws {MonoError} `PACK_INVALID`, `STORE_BLOCK_CORRUPT`, `STORE_NODE_INVALID`
   */
  async bringUpToDate(): Promise<void> {
    if (!this.#countPacks()) {
      await this.#packs.reader.coder.load();
      this.#countPacks();
    }
  }

  /** Returns whether everything is counted: not where that takes what is not loaded yet. */
  #countPacks(): boolean {
    const { uncounted, setCounted } = this.#statements;
    const { index, reader } = this.#packs;
    return index.database.write(() => {
      const packs = uncounted.all();
      if (packs.some(isCompressed) && reader.coder.needsLoad(ENCODING.zstd)) return false;
      for (const pack of packs) {
        this.#countPack(pack);
        setCounted.run(pack.size, pack.pack);
      }
      return true;
    });
  }

  #countPack(pack: PackRow & { readonly counted: number }): void {
    const path = this.#packs.files.pathOf(pack.id);
    const range = { fromBytes: pack.counted, endBytes: pack.size };
    withFileForReading(path, (descriptor) => {
      let end = Math.max(pack.counted, firstSegmentOffset(pack.kind));
      for (const segment of segmentsOf(descriptor, pack, range)) {
        this.#countSegment(pack.pack, segment);
        end = segment.offsetBytes + segment.segmentBytes;
      }
      if (end !== pack.size) throw gapIn(path, end);
    });
  }

  #countSegment(pack: number, segment: FoundSegment): void {
    const { index, reader } = this.#packs;
    for (const entry of segment.entries) {
      if (codecOfKey(entry.key) !== NODE_CODEC) continue;
      const row = index.blocks.find(entry.key);
      const offset = segment.offsetBytes + entry.offsetBytes;
      if (row?.pack !== pack || row.offset !== offset) continue;
      const bytes = reader.read(entry.key, row);
      if (!bytes) throw blockCorrupt(entry.key, reader.pathOf(pack), offset);
      for (const link of linkedKeys(cidOfKey(entry.key), bytes)) {
        index.references.addLink(link);
      }
    }
  }
}

function prepareAll({ database }: PackIndex) {
  return {
    uncounted: database.prepare<[], PackRow & { readonly counted: number }>(
      `SELECT pack, id, kind, version, size, counted FROM packs WHERE kind = 'node' AND counted < size`,
    ),
    setCounted: database.prepare<[number, number]>('UPDATE packs SET counted = ? WHERE pack = ?'),
  };
}

function isCompressed({ version }: PackRow): boolean {
  return version === PACK_VERSION.compressed;
}

function gapIn(path: string, offsetBytes: number): MonoError {
  return new MonoError(
    'PACK_INVALID',
    `Cannot read pack \`${path}\`: no segment at ${offsetBytes}, before the committed end`,
    { details: { path, offsetBytes } },
  );
}
