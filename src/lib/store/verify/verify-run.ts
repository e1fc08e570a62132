import { isMonoError } from '../../errors.js';
import type { BlockKey } from '../block/block-id.js';
import type { BlockCoder } from '../compression/block-coder.js';
import { BlockLedger } from '../pack/block-ledger.js';
import type { PackFiles } from '../pack/pack-files.js';
import type { BlockRow } from '../pack/index/block-table.js';
import type { PackIndex } from '../pack/index/pack-index.js';
import type { PackRow } from '../pack/index/pack-table.js';
import { PackReader, type ReadBlock } from '../pack/pack-reader.js';
import { FindingLog } from './finding-log.js';
import { LinkRecount } from './link-recount.js';
import type { VerifyOptions } from './verify-report.js';

/** What a verification reads. */
export interface VerifiedPacks {
  readonly index: PackIndex;
  readonly files: PackFiles;
  readonly coder: BlockCoder;
}

/**
 * What the parts of one verification share: the index as it was at one moment, and what has been
 * found so far. A mark in the ledger says that a pack has the block where its row points.
 */
export class VerifyRun {
  readonly snapshot: PackIndex;
  readonly files: PackFiles;
  /** has loaded what it needs */
  readonly coder: BlockCoder;
  readonly packs: readonly PackRow[];
  readonly ledger: BlockLedger;
  readonly recount: LinkRecount;
  readonly log = new FindingLog();
  readonly totalBytes: number;
  readonly #reader: PackReader;
  readonly #options: VerifyOptions;
  #checkedBytes = 0;

  /** Reads the rows of `snapshot`, which stays the caller's to close. */
  constructor(snapshot: PackIndex, packs: VerifiedPacks, options: VerifyOptions) {
    const { files, coder } = packs;
    this.snapshot = snapshot;
    this.files = files;
    this.coder = coder;
    this.packs = snapshot.packs.all();
    this.ledger = new BlockLedger(snapshot);
    this.recount = new LinkRecount(snapshot);
    this.totalBytes = this.packs.reduce((sum, { size }) => sum + size, 0);
    this.#reader = new PackReader(files, { index: snapshot, coder });
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

  /** Returns the block, `undefined` where it is not there, wrong or unreadable. */
  read(key: BlockKey, row: BlockRow): ReadBlock | undefined {
    try {
      return this.#reader.readPacked(key, row);
    } catch (error) {
      if (isMonoError(error, 'IO_FAILED')) return undefined;
      throw error;
    }
  }

  close(): void {
    this.#reader.close();
  }
}
