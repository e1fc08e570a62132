import type { SandboxStatistics } from '../sandbox/stats-command.js';
import { formatBytes } from '../terminal/format-bytes.js';
import type { Output } from '../terminal/output.js';
import { formatTable, type Column } from '../terminal/table.js';

const COLUMNS: readonly Column<SandboxStatistics>[] = [
  { title: 'NAME', value: ({ name }) => name },
  { title: 'CPU', value: ({ cpuPercent }) => `${cpuPercent.toFixed(1)}%`, align: 'right' },
  {
    title: 'MEMORY',
    value: (it) => `${formatBytes(it.memoryBytes)} / ${formatBytes(it.memoryLimitBytes)}`,
    align: 'right',
  },
  { title: 'HOST', value: (it) => formatBytes(it.hostMemoryBytes), align: 'right' },
  { title: 'RECEIVED', value: (it) => formatBytes(it.receivedBytes), align: 'right' },
  { title: 'SENT', value: (it) => formatBytes(it.sentBytes), align: 'right' },
];

/** Prints what sandboxes use as a table. */
export function printStatistics(output: Output, sandboxes: readonly SandboxStatistics[]): void {
  for (const line of formatTable(sandboxes, COLUMNS, output.width)) output.data(line);
}
