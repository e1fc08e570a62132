import type { ContestResult } from './contest.js';

/** Returns a contest's result as a table; the last column is `mono`'s time over the other's. */
export function renderTable(result: ContestResult): string {
  const own = result.results[0]!.summary.wallSeconds.median;
  const rows = result.results.map(({ name, summary }) => [
    name,
    seconds(summary.wallSeconds.median),
    `${seconds(summary.wallSeconds.min)}-${seconds(summary.wallSeconds.max)}`,
    seconds(summary.cpuSeconds.median),
    summary.peakRssMib.median.toFixed(0),
    summary.readMib.median.toFixed(0),
    summary.writtenMib.median.toFixed(0),
    (own / summary.wallSeconds.median).toFixed(2),
  ]);
  const head = [
    '',
    'median s',
    'min-max s',
    'CPU s',
    'RSS MiB',
    'read MiB',
    'written MiB',
    'mono / it',
  ];
  return [result.title, ...alignColumns([head, ...rows])].join('\n');
}

function seconds(value: number): string {
  return value.toFixed(2);
}

function alignColumns(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!),
      )
      .join('  ')
      .trimEnd(),
  );
}
