import { isMonoError } from '../../errors.js';
import { isContentOf, type BlockKey } from '../block/block-id.js';
import { BlockLedger } from '../pack/block-ledger.js';
import type { PackFiles } from '../pack/pack-files.js';
import type { BlockRow, PackIndex, PackRow } from '../pack/pack-index.js';
import { PackReader } from '../pack/pack-reader.js';
import { FindingLog } from './finding-log.js';
import { LinkRecount } from './link-recount.js';
import type { VerifyOptions } from './verify-report.js';

/**
 * What the parts of one verification share: the index as it was at one moment, and what has been
 * found so far. A mark in the ledger says that a pack has the block where its row points.
 */
export class VerifyRun {
  readonly snapshot: PackIndex;
  readonly files: PackFiles;
  readonly packs: readonly PackRow[];
  readonly ledger: BlockLedger;
  readonly recount: LinkRecount;
  readonly log = new FindingLog();
  readonly totalBytes: number;
  readonly #reader: PackReader;
  readonly #options: VerifyOptions;
  #checkedBytes = 0;

  /** Reads the rows of `snapshot`, which stays the caller's to close. */
  constructor(snapshot: PackIndex, files: PackFiles, options: VerifyOptions) {
    this.snapshot = snapshot;
    this.files = files;
    this.packs = snapshot.packs();
    this.ledger = new BlockLedger(snapshot);
    this.recount = new LinkRecount(snapshot);
    this.totalBytes = this.packs.reduce((sum, { size }) => sum + size, 0);
    this.#reader = new PackReader(files, (pack) => snapshot.pack(pack)?.id);
    this.#options = options;
  }

  get signal(): AbortSignal | undefined {
    return this.#options.signal;
  }

  /** Reports that `sizeBytes` more have been checked. */
  advance(sizeBytes: number): void {
    this.#checkedBytes += sizeBytes;
    const { totalBytes } = this;
    this.#options.onProgress?.({ checkedBytes: this.#checkedBytes, totalBytes });
  }

  /** Returns the bytes of the block, `undefined` where they are not there, wrong or unreadable. */
  read(key: BlockKey, row: BlockRow): Uint8Array | undefined {
    try {
      const bytes = this.#reader.read(key, row);
      return bytes && isContentOf(key, bytes) ? bytes : undefined;
    } catch (error) {
      if (isMonoError(error, 'IO_FAILED')) return undefined;
      throw error;
    }
  }

  close(): void {
    this.#reader.close();
  }
}
