import type { PackKind } from './pack-format.js';

/** When a flush starts by itself. */
export interface FlushLimits {
  /** once this many `bytes` are pending */
  readonly flushBytes: number;
  /** once this many blocks are pending */
  readonly flushBlocks: number;
}

/** Sizes that trade memory and the number of syncs against each other. */
export interface PackSizes extends FlushLimits {
  /** a pack takes no second segment that would make it longer than this many `bytes` */
  readonly packLimitBytes: number;
  /** blocks that are written at once, by kind, in `bytes` */
  readonly segmentBytes: Readonly<Record<PackKind, number>>;
}
