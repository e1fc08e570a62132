import { markdownTable } from './markdown-table.js';
import type { BenchReport } from './bench-report.js';
import type { Spread } from '../statistics.js';

const HEAD = ['', 'median s', 'min-max s', 'CPU s', 'RSS MiB', 'read MiB', 'written MiB'];
/** Host, port and the folder of the images that the benchmarks serve themselves. */
const OWN_REGISTRY = /127\.0\.0\.1:\d+\/library\//;

const OLDER_FORM =
  'This run was made by an older form of the benchmarks and of `mono`: dense root filesystems, fewer rounds, fewer figures.';

/** Returns the tables of all contests of a report in Markdown, each below its title. */
export function contestTables({ results }: BenchReport): string {
  const parts = results.map(({ title, results: contestants }) => {
    const rows = contestants.map(({ name, summary }) => [
      name.replaceAll('|', '\\|'),
      summary.wallSeconds.median.toFixed(2),
      `${summary.wallSeconds.min.toFixed(2)}-${summary.wallSeconds.max.toFixed(2)}`,
      summary.cpuSeconds.median.toFixed(2),
      summary.peakRssMib.median.toFixed(0),
      median(summary.readMib),
      median(summary.writtenMib),
    ]);
    return `**${title.replace(OWN_REGISTRY, '')}**\n\n${markdownTable(HEAD, rows)}`;
  });
  return parts.join('\n\n');
}

/** Returns what a report says of its machine and of what ran, as a list in Markdown. */
export function machineList({ machine, rounds }: BenchReport): string {
  const facts = Object.entries({ ...machine, rounds });
  const list = facts.map(([name, value]) => `- ${name}: ${String(value)}`).join('\n');
  return machine['commit'] === undefined ? `${OLDER_FORM}\n\n${list}` : list;
}

function median(spread: Spread | undefined): string {
  return spread === undefined ? '–' : spread.median.toFixed(0);
}
