import type { GcReport } from '../../project/gc/collect-garbage.js';
import { formatBytes } from '../terminal/format-bytes.js';
import type { Output } from '../terminal/output.js';

/** Tells what a collection did, or would do. */
export function printCollection(output: Output, report: GcReport): void {
  const { dryRun, removedImages, deletedBlocks, leftoverBytes } = report;
  const verb = dryRun ? 'Would remove' : 'Removed';
  const images = `${removedImages.length} image${removedImages.length === 1 ? '' : 's'}`;
  const totalBytes = report.reclaimedBytes + report.rootfsBytes + leftoverBytes;
  const parts = [
    `store ${formatBytes(report.reclaimedBytes)}`,
    `root filesystems ${formatBytes(report.rootfsBytes)}`,
    `leftovers ${formatBytes(leftoverBytes)}`,
  ];
  output.talk(`${verb} ${images} and ${deletedBlocks} blocks, ${formatBytes(totalBytes)}`);
  if (totalBytes > 0) output.talk(`(${parts.join(', ')})`);
}
