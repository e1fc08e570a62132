import { BLOCK_BYTES } from '../erofs/erofs-format.js';
import { NO_PACK, type SourceTable } from './source-table.js';
import type { DiskExtent } from './mapped-image.js';

/** Content that lies in one piece in a pack. */
interface Run {
  readonly pack: number;
  readonly offset: number;
  blocks: number;
  /** rows in the order of their offsets */
  readonly rows: number[];
  /** least row: when the first file needs something of the run */
  firstUse: number;
}

/** The data area of a disk. */
export interface DiskLayout {
  /** first block of each source in the data area, by row */
  readonly firstBlocks: Uint32Array;
  /** what is mapped out of packs, in order; the side file follows */
  readonly packExtents: readonly DiskExtent[];
  /** rows that are copied, each to the next block of the side file */
  readonly copiedRows: readonly number[];
  readonly sideBlocks: number;
  readonly dataBlocks: number;
}

/**
 * Puts the content of `sources` on a disk: neighbours in a pack become one extent; of these the
 * longest are mapped, at most `maxPackExtents`, and all the rest is copied, which copies the fewest
 * bytes for that number. Nothing that lies between two sources gets onto the disk.
 */
export function layOutDisk(sources: SourceTable, maxPackExtents: number): DiskLayout {
  const longestFirst = findRuns(sources).sort(
    (a, b) => b.blocks - a.blocks || a.firstUse - b.firstUse,
  );
  const mapped = longestFirst.slice(0, maxPackExtents).sort((a, b) => a.firstUse - b.firstUse);
  const firstBlocks = new Uint32Array(sources.length);
  let next = 0;
  for (const run of mapped) {
    for (const row of run.rows) {
      firstBlocks[row] = next;
      next += sources.blocksOf(row);
    }
  }
  const mappedBlocks = next;
  const copiedRows = rowsBeside(sources, mapped);
  for (const row of copiedRows) {
    firstBlocks[row] = next;
    next += sources.blocksOf(row);
  }
  return {
    firstBlocks,
    packExtents: mapped.map((run) => extentOf(sources, run)),
    copiedRows,
    sideBlocks: next - mappedBlocks,
    dataBlocks: next,
  };
}

function findRuns(sources: SourceTable): Run[] {
  const rows = Array.from({ length: sources.length }, (_, row) => row)
    .filter((row) => sources.packs.at(row) !== NO_PACK)
    .sort(
      (a, b) =>
        sources.packs.at(a) - sources.packs.at(b) || sources.offsets.at(a) - sources.offsets.at(b),
    );
  const runs: Run[] = [];
  for (const row of rows) {
    const pack = sources.packs.at(row);
    const offset = sources.offsets.at(row);
    const last = runs.at(-1);
    if (last?.pack === pack && last.offset + last.blocks * BLOCK_BYTES === offset) {
      last.blocks += sources.blocksOf(row);
      last.rows.push(row);
      last.firstUse = Math.min(last.firstUse, row);
    } else {
      runs.push({ pack, offset, blocks: sources.blocksOf(row), rows: [row], firstUse: row });
    }
  }
  return runs;
}

function rowsBeside(sources: SourceTable, mapped: readonly Run[]): number[] {
  const isMapped = new Uint8Array(sources.length);
  for (const { rows } of mapped) for (const row of rows) isMapped[row] = 1;
  return Array.from(isMapped.keys()).filter((row) => isMapped[row] === 0);
}

function extentOf(sources: SourceTable, { pack, offset, blocks }: Run): DiskExtent {
  return {
    path: sources.packPaths[pack] ?? '',
    offsetBytes: offset,
    lengthBytes: blocks * BLOCK_BYTES,
  };
}
