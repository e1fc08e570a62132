import { execFileSync, spawnSync } from 'node:child_process';
import { createWriteStream, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { pack } from 'tar-stream';

/** How many files the directories that are compared have, and how many of them differ. */
export interface TreeSize {
  readonly files: number;
  readonly changes: number;
}

/** The trees of a contest: both sides come from the base, and changed other files. */
export const TREES = ['base', 'ours', 'theirs'] as const;

/** The name of one of {@link TREES}. */
export type TreeName = (typeof TREES)[number];

const FILES_PER_DIRECTORY = 50;

/** Writes the tree as a tar archive. */
export async function writeTreeArchive(
  path: string,
  name: TreeName,
  size: TreeSize,
): Promise<void> {
  const archive = pack();
  const written = pipeline(archive, createWriteStream(path));
  const changed = changedIn(name, size);
  for (let index = 0; index < size.files; index++) {
    const content = contentOf(index, changed.has(index) ? name : 'content');
    archive.entry({ name: pathOf(index), mtime: new Date(0) }, content);
  }
  archive.finalize();
  await written;
}

/** Makes a git repository that has the trees as branches. */
export function makeRepository(directory: string, size: TreeSize): void {
  mkdirSync(directory);
  execFileSync('git', ['init', '-q', '--bare', directory]);
  const input = TREES.map((name) => commitOf(name, size)).join('');
  const file = `${directory}.fast-import`;
  writeFileSync(file, input);
  const command = `git -C '${directory}' fast-import --quiet <'${file}' && git -C '${directory}' repack -adq`;
  const run = spawnSync('sh', ['-c', command], { stdio: ['ignore', 'inherit', 'inherit'] });
  if (run.status !== 0) throw new Error('git fast-import failed');
}

/** Makes an OCI layout whose image `layer` has the archive for its only layer. */
export function makeLayout(scratch: string, archive: string): string {
  const layout = join(scratch, 'layout');
  for (const argv of [
    ['init', '--layout', layout],
    ['new', '--image', `${layout}:layer`],
    ['raw', 'add-layer', '--image', `${layout}:layer`, archive],
  ]) {
    execFileSync('umoci', argv, { stdio: 'ignore' });
  }
  return layout;
}

/** The commands of `git fast-import` for one branch; the sides come from the base. */
function commitOf(name: TreeName, size: TreeSize): string {
  const head = `commit refs/heads/${name}\ncommitter bench <> 0 +0000\ndata 0\n`;
  const indexes = name === 'base' ? range(size.files) : [...changedIn(name, size)];
  const from = name === 'base' ? '' : 'from refs/heads/base\n';
  const files = indexes.map((index) => {
    const content = contentOf(index, name === 'base' ? 'content' : name);
    return `M 100644 inline ${pathOf(index)}\ndata ${content.length}\n${content}\n`;
  });
  return `${head}${from}${files.join('')}\n`;
}

function pathOf(index: number): string {
  const directory = Math.floor(index / FILES_PER_DIRECTORY);
  return `d${directory % 100}/e${directory}/f${index}`;
}

function contentOf(index: number, word: string): string {
  return `${word} ${index}`;
}

/** The indexes of the files in which a tree differs from the base. */
function changedIn(name: TreeName, { changes, files }: TreeSize): ReadonlySet<number> {
  if (name === 'base') return new Set();
  const first = name === 'ours' ? 0 : FILES_PER_DIRECTORY;
  const step = Math.floor(files / changes);
  return new Set(range(changes).map((index) => first + index * step));
}

function range(length: number): number[] {
  return Array.from({ length }, (_, index) => index);
}
