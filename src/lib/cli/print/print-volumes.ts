import type { ListedVolume, VolumeListing } from '../../vm/volumes/list-volumes.js';
import { formatBytes } from '../terminal/format-bytes.js';
import type { Output } from '../terminal/output.js';
import { formatTable, type Column } from '../terminal/table.js';

const COLUMNS: readonly Column<ListedVolume>[] = [
  { title: 'VOLUME', value: ({ name }) => name },
  { title: 'SIZE', value: ({ storedBytes }) => formatBytes(storedBytes), align: 'right' },
  { title: 'SANDBOXES', value: ({ sandboxes }) => sandboxes.join(' ') || '-' },
];

/** Prints volumes as a table. */
export function printVolumes(output: Output, { volumes }: VolumeListing): void {
  if (volumes.length === 0) {
    output.talk('No volumes yet. A sandbox that names one makes it: `-v NAME:/PATH`.');
    return;
  }
  for (const line of formatTable(volumes, COLUMNS, output.width)) output.data(line);
}
