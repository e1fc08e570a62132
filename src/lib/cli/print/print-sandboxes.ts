import type { SandboxSummary } from '../sandbox/sandbox-summary.js';
import type { Output } from '../terminal/output.js';
import { formatTable, type Column } from '../terminal/table.js';

const UNITS = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'm'],
  [1000, 's'],
] as const;

/** Prints sandboxes as a table. */
export function printSandboxes(
  output: Output,
  sandboxes: readonly SandboxSummary[],
  nowMs: number,
): void {
  const columns: readonly Column<SandboxSummary>[] = [
    { title: 'NAME', value: ({ name }) => name },
    { title: 'ID', value: ({ id }) => id },
    { title: 'IMAGE', value: ({ image }) => image },
    { title: 'STATUS', value: (it) => statusOf(it, nowMs) },
    { title: 'PORTS', value: ({ ports }) => ports.join(', ') || '-' },
    { title: 'COMMAND', value: ({ command }) => command.join(' ') },
  ];
  for (const line of formatTable(sandboxes, columns, output.width)) output.data(line);
}

function statusOf({ status, started, ended, exitCode }: SandboxSummary, nowMs: number): string {
  if (status === 'starting') return 'starting';
  if (status === 'running') return `up ${agoOf(started, nowMs)}`;
  return `exited (${exitCode ?? '?'}) ${agoOf(ended, nowMs)} ago`;
}

/** The largest unit of which one has passed. */
function agoOf(time: string | null, nowMs: number): string {
  const passedMs = Math.max(nowMs - Date.parse(time ?? ''), 0) || 0;
  const [unitMs, letter] = UNITS.find(([ms]) => passedMs >= ms) ?? ([1000, 's'] as const);
  return `${Math.floor(passedMs / unitMs)}${letter}`;
}
