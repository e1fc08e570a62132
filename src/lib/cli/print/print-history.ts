import type { ListedChange, ProjectHistory } from '../../project/history/list-history.js';
import type { Output } from '../terminal/output.js';
import { formatTable, type Column } from '../terminal/table.js';

const COLUMNS: readonly Column<ListedChange>[] = [
  { title: 'CHANGE', value: ({ number }) => `#${number}` },
  { title: 'TIME', value: ({ time }) => `${time.slice(0, 10)} ${time.slice(11, 16)}Z` },
  { title: 'ACTION', value: ({ action }) => action },
  { title: 'IMAGE', value: ({ image }) => image },
  { title: 'STORED', value: ({ to, installed }) => (to === null ? '-' : installed ? 'yes' : 'no') },
  { title: 'VERSION', value: ({ from, to }) => versionsOf(from, to) },
];

/** Prints the changes of a project as a table, newest first. */
export function printHistory(output: Output, { changes }: ProjectHistory): void {
  if (changes.length === 0) {
    output.talk('Nothing has changed here yet');
    return;
  }
  for (const line of formatTable(changes, COLUMNS, output.width)) output.data(line);
}

function versionsOf(from: string | null, to: string | null): string {
  if (from === null) return to ?? '-';
  return `${from} → ${to ?? '-'}`;
}
