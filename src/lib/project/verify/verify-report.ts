import type { Digest } from '../../base/digest.js';
import type { Finding, VerifyReport } from '../../store/verify/verify-report.js';
import type { RootfsCheck } from './check-rootfs.js';

/** What a verification found, and a repair did; `mono verify --json` prints it. */
export interface VerifyDocument {
  /** whether all is as it should be now */
  readonly isSound: boolean;
  /** the whole store; `null` when only some images were asked about */
  readonly store: StoreFindings | null;
  readonly images: readonly VerifiedImage[];
  readonly rootfs: RootfsCheck;
  /** `null` when none was asked for, or nothing was damaged */
  readonly repair: RepairDocument | null;
}

/** What was found in the files of the store. */
export interface StoreFindings {
  readonly packCount: number;
  readonly blockCount: number;
  readonly packBytes: number;
  readonly findingCount: number;
  readonly findings: readonly Finding[];
  readonly missingCount: number;
  readonly missing: readonly string[];
}

/** An installed image, and whether every block of it is good. */
export interface VerifiedImage {
  /** what projects call it */
  readonly names: readonly string[];
  readonly manifest: Digest;
  readonly platform: string;
  readonly root: string;
  /** CIDs of blocks that were damaged or missing */
  readonly damagedBlocks: readonly string[];
}

/** What a repair did. */
export interface RepairDocument {
  readonly repairedBlocks: number;
  /** compressed size of the layers that were fetched again */
  readonly fetchedBytes: number;
  /** images that could not be repaired, by manifest */
  readonly lost: readonly Digest[];
}

/** Returns the part of a store's report that is printed. */
export function storeFindings(report: VerifyReport): StoreFindings {
  const { packCount, blockCount, packBytes, findingCount, findings, missingCount, missing } =
    report;
  return { packCount, blockCount, packBytes, findingCount, findings, missingCount, missing };
}
