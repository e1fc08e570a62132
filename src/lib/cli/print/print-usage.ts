import type { DiskUsage } from '../../project/usage/disk-usage.js';
import { formatBytes } from '../terminal/format-bytes.js';
import type { Output } from '../terminal/output.js';
import { formatTable, type Column } from '../terminal/table.js';

interface Row {
  readonly name: string;
  readonly version: string;
  readonly ownBytes: number;
  readonly sharedBytes: number;
  readonly rootfsBytes: number;
}

const COLUMNS: readonly Column<Row>[] = [
  { title: 'IMAGE', value: ({ name }) => name },
  { title: 'VERSION', value: ({ version }) => version },
  { title: 'OWN', value: ({ ownBytes }) => formatBytes(ownBytes), align: 'right' },
  { title: 'SHARED', value: ({ sharedBytes }) => formatBytes(sharedBytes), align: 'right' },
  { title: 'ROOTFS', value: ({ rootfsBytes }) => formatBytes(rootfsBytes) },
];

/** Prints what is on disk as a table, and the sums. */
export function printUsage(output: Output, usage: DiskUsage): void {
  const { store, rootfsBytes, downloadBytes, totalBytes } = usage;
  const rows = rowsOf(usage);
  if (rows.length > 0) {
    for (const line of formatTable(rows, COLUMNS, output.width)) output.data(line);
    output.data('');
  }
  const sums: [string, number][] = [
    ['store', store.diskBytes],
    ['  in use', store.neededBytes],
    ['root filesystems', rootfsBytes],
    ['downloads', downloadBytes],
    ['total', totalBytes],
  ];
  for (const [title, bytes] of sums) {
    output.data(`${`${title}:`.padEnd(18)}${formatBytes(bytes).padStart(9)}`);
  }
}

function rowsOf({ images, versions }: DiskUsage): Row[] {
  const ofImages = images.map(({ names, version, manifest, platform, ...bytes }) => ({
    name: names.join(', ') || manifest.slice(0, 'sha256:'.length + 12),
    version: `${version ?? '-'} ${platform}`,
    ...bytes,
  }));
  const ofVersions = versions.map(({ name, cid, ...bytes }) => ({
    name,
    version: name === cid ? '-' : cid.slice(0, 16),
    ...bytes,
    rootfsBytes: 0,
  }));
  return [...ofImages, ...ofVersions].sort((a, b) => (a.name < b.name ? -1 : 1));
}
