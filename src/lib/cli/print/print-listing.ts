import type { ListedImage, ListedSandbox, ProjectListing } from '../../project/inspect/list.js';
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

/** Prints the images and sandboxes of a project as tables. */
export function printListing(output: Output, { images, sandboxes }: ProjectListing): void {
  if (images.length === 0 && sandboxes.length === 0) {
    output.talk('No images yet. Add one with `mono install REQUIREMENT`.');
    return;
  }
  for (const line of formatTable(images, IMAGE_COLUMNS, output.width)) output.data(line);
  if (sandboxes.length === 0) return;
  output.data('');
  for (const line of formatTable(sandboxes, SANDBOX_COLUMNS, output.width)) output.data(line);
}

function stateOf({ installed, version }: ListedImage): string {
  if (installed) return 'installed';
  return version === null ? 'not locked' : 'not installed';
}
