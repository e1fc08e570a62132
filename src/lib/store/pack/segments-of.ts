import { readAt } from './pack-files.js';
import {
  firstSegmentOffset,
  HEADER_BYTES,
  parseTable,
  tableBytesFrom,
  type PackHeader,
  type SegmentTable,
} from './pack-format.js';

/** A segment that was found in a pack. */
export interface FoundSegment extends SegmentTable {
  /** of the segment in the pack, in `bytes` */
  readonly offsetBytes: number;
}

/** A part of a pack that starts and ends with segments. */
export interface SegmentRange {
  /** where the first segment starts; by default behind the header */
  readonly fromBytes?: number;
  readonly endBytes: number;
}

/**
 * Yields the segments of a pack in order, up to the first place where none starts: the end, or what
 * a crash has left.
 */
export function* segmentsOf(
  descriptor: number,
  header: PackHeader,
  range: SegmentRange,
): Generator<FoundSegment> {
  const { id: packId, kind } = header;
  const { fromBytes = 0, endBytes } = range;
  let offsetBytes = Math.max(fromBytes, firstSegmentOffset(kind));
  while (offsetBytes < endBytes) {
    const length = tableBytesFrom(readAt(descriptor, offsetBytes, HEADER_BYTES));
    if (length === undefined) return;
    const bytes = readAt(descriptor, offsetBytes, length);
    const table = parseTable(bytes, { packId, offsetBytes }, header);
    if (!table || offsetBytes + table.segmentBytes > endBytes) return;
    yield { ...table, offsetBytes };
    offsetBytes += table.segmentBytes;
  }
}
