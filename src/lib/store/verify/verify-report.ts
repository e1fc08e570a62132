import type { BlockReader } from '../ipld-store.js';

/** What of a store does not agree with the rest. */
export type FindingKind =
  /** the header of a pack is damaged, or is that of another pack */
  | 'header'
  /** no segment table stands where the committed part of a pack needs one */
  | 'table'
  /** bytes that the format says are zero are not */
  | 'padding'
  /** the bytes of a block do not match its CID */
  | 'block'
  /** the file of a pack is shorter than what was committed */
  | 'length'
  /** the file of a pack is missing or cannot be read */
  | 'file'
  /** the index places a block where the packs have none */
  | 'row'
  /** a reference count differs from the number of nodes that link to the block */
  | 'count'
  /** the record of pins is damaged or lacks pins that the index has */
  | 'pins'
  /** the database of the index is damaged */
  | 'index';

/** One damaged place. */
export interface Finding {
  readonly kind: FindingKind;
  /** pack file, the record of pins, or the index for `count` and `index` */
  readonly path: string;
  /** of the place in the file, in `bytes`; absent where the whole file is meant */
  readonly offsetBytes?: number;
  /** block that is concerned, where there is one */
  readonly cid?: string;
}

/** What a verification has found. */
export interface VerifyReport {
  /** whether there is no finding and no missing block */
  readonly isSound: boolean;
  readonly packCount: number;
  readonly blockCount: number;
  /** committed part of all packs in `bytes` */
  readonly packBytes: number;
  readonly findingCount: number;
  /** the first {@link MAX_REPORTED} of them */
  readonly findings: readonly Finding[];
  readonly missingCount: number;
  /** the first {@link MAX_REPORTED} CIDs that nodes or pins refer to and the store does not have */
  readonly missing: readonly string[];
}

/** Findings, and missing blocks, that a report lists one by one; the rest is only counted. */
export const MAX_REPORTED = 1_000;

/** How far a verification has come. */
export interface VerifyProgress {
  readonly checkedBytes: number;
  readonly totalBytes: number;
}

/** Options of a verification. */
export interface VerifyOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: VerifyProgress) => void) | undefined;
}

/** What a repair has done. */
export interface RepairReport {
  /** what was found before the repair */
  readonly before: VerifyReport;
  /** blocks that were damaged or missing and are good now */
  readonly repairedBlocks: number;
  readonly lostCount: number;
  /** the first {@link MAX_REPORTED} CIDs of blocks that no source had a good copy of */
  readonly lost: readonly string[];
}

/** A store that can check every byte it has and replace what is damaged. */
export interface VerifiableStore {
  /**
   * Reads everything that is committed and reports what is damaged. Others may read and write
   * meanwhile; what they commit after the start is not looked at.
   *
   * @throws {MonoError} `CANCELLED`, `IO_FAILED` where the index cannot be read at all
   */
  verify(options?: VerifyOptions): Promise<VerifyReport>;
  /**
   * Replaces damaged and missing blocks by copies from the first of `sources` that has a good one,
   * and leaves damaged packs behind. What no source has stays as it is, so that a later repair can
   * try other sources, and collection still refuses to delete what is below it. Idempotent; a crash
   * at any point leaves each block in its old place or its new one.
   *
   * @throws {MonoError} `STORE_LOCKED` while another process has the store open for writing,
   *   `CANCELLED`, `IO_FAILED`, `DISK_FULL`
   */
  repair(sources: readonly BlockReader[], options?: VerifyOptions): Promise<RepairReport>;
}
