import type { ImageNews } from '../../project/install/outdated.js';
import type { Output } from '../terminal/output.js';
import { heldLine } from './held-line.js';
import { formatTable, type Column } from '../terminal/table.js';

const COLUMNS: readonly Column<ImageNews>[] = [
  { title: 'IMAGE', value: ({ name }) => name },
  { title: 'CURRENT', value: ({ current }) => current ?? '-' },
  { title: 'WANTED', value: ({ wanted }) => wanted },
  { title: 'LATEST', value: ({ latest }) => latest ?? '-' },
  { title: 'STATE', value: ({ state }) => state },
  { title: 'REQUIREMENT', value: ({ requirement }) => requirement },
];

/** Prints the images that are not as their registries have them, or could be newer. */
export function printNews(output: Output, news: readonly ImageNews[]): void {
  const worthSaying = news.filter(
    ({ state, latest, wanted, heldBack }) =>
      state !== 'current' || (latest !== null && latest !== wanted) || heldBack.length > 0,
  );
  if (worthSaying.length === 0) {
    output.talk('Everything is up to date');
    return;
  }
  for (const line of formatTable(worthSaying, COLUMNS, output.width)) output.data(line);
  for (const { name, requirement, state, heldBack } of worthSaying) {
    if (state === 'moved') output.talk(`${requirement} moved since it was locked (${name})`);
    for (const held of heldBack) output.talk(heldLine(name, held));
  }
  output.talk(
    '`mono upgrade` stays within the requirements, `mono upgrade --latest` moves them on',
  );
}
