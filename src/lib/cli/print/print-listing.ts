import type {
  ListedImage,
  ListedSandbox,
  ListedVersion,
  ProjectListing,
} from '../../project/inspect/list.js';
import type { Output } from '../terminal/output.js';
import { formatTable, type Column } from '../terminal/table.js';

const IMAGE_COLUMNS: readonly Column<ListedImage>[] = [
  { title: 'IMAGE', value: ({ name }) => name },
  { title: 'VERSION', value: ({ version }) => version ?? '-' },
  { title: 'PLATFORM', value: ({ platform }) => platform ?? '-' },
  { title: 'STATE', value: stateOf },
  { title: 'REQUIREMENT', value: ({ requirement }) => requirement },
];

const SANDBOX_COLUMNS: readonly Column<ListedSandbox>[] = [
  { title: 'SANDBOX', value: ({ name }) => name },
  { title: 'IMAGE', value: ({ image }) => image },
  { title: 'COMMAND', value: ({ command }) => command?.join(' ') ?? '-' },
];

const VERSION_COLUMNS: readonly Column<ListedVersion>[] = [
  { title: 'VERSION', value: ({ name }) => name },
  { title: 'CID', value: ({ cid }) => cid },
];

/** Prints the images and sandboxes of a project, and the user's versions, as tables. */
export function printListing(
  output: Output,
  { images, sandboxes, versions }: ProjectListing,
): void {
  if (images.length === 0 && sandboxes.length === 0) {
    output.talk('No images yet. Add one with `mono install REQUIREMENT`.');
  }
  const tables = [
    formatTable(images, IMAGE_COLUMNS, output.width),
    formatTable(sandboxes, SANDBOX_COLUMNS, output.width),
    formatTable(versions, VERSION_COLUMNS, output.width),
  ];
  const rows = [images, sandboxes, versions].map(({ length }) => length);
  const shown = tables.filter((_, index) => rows[index] !== 0);
  for (const [index, lines] of shown.entries()) {
    if (index > 0) output.data('');
    for (const line of lines) output.data(line);
  }
}

function stateOf({ installed, version }: ListedImage): string {
  if (installed) return 'installed';
  return version === null ? 'not locked' : 'not installed';
}
