import type { ExportReport } from '../../project/transfer/export-tree.js';
import type { ImportReport } from '../../project/transfer/import-image.js';
import type { PushReport } from '../../project/transfer/push-image.js';
import { formatBytes } from '../terminal/format-bytes.js';
import type { Output } from '../terminal/output.js';

/** Tells what an export has written; on stderr, for the bytes may be on stdout. */
export function printExport(output: Output, report: ExportReport): void {
  const { digest, exact, format, omittedEntries } = report;
  const what = digest === null ? report.root : `${digest}${exact ? ', as it was pulled' : ''}`;
  output.talk(`Wrote ${report.output ?? 'standard output'} (${format}): ${what}`);
  tellOmitted(output, report);
  if (omittedEntries > 0) {
    output.warn(`${omittedEntries} devices, FIFOs or sockets are missing in the directory`);
  }
}

/** Prints what a push has put where. */
export function printPush(output: Output, report: PushReport): void {
  const counts = { present: 0, mounted: 0, uploaded: 0 };
  let sentBytes = 0;
  for (const { outcome, sizeBytes } of report.blobs) {
    counts[outcome] += 1;
    if (outcome === 'uploaded') sentBytes += sizeBytes;
  }
  output.talk(
    `Sent ${counts.uploaded} blobs (${formatBytes(sentBytes)}), ${counts.mounted} taken over, ${counts.present} were there`,
  );
  tellOmitted(output, report);
  output.data(`${report.destination}@${report.digest}`);
}

/** Prints the version that an import has made. */
export function printImport(output: Output, report: ImportReport): void {
  output.talk(`Imported ${report.layers.length} layers as ${report.name} (${report.kind})`);
  if (report.replaced !== null) output.talk(`Before, ${report.name} was ${report.replaced}`);
  output.data(report.version);
}

function tellOmitted(
  output: Output,
  { platforms, omittedPlatforms }: Pick<PushReport, 'platforms' | 'omittedPlatforms'>,
): void {
  if (omittedPlatforms.length === 0) return;
  output.warn(
    `Only ${platforms.join(', ')} is installed and went along, without the index: ${omittedPlatforms.join(', ')} did not; \`--all-platforms\` fetches them too, \`--platform\` means this one alone`,
  );
}
