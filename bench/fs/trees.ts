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

/** A file of a tree. */
export interface BenchFile {
  readonly path: string;
  readonly content: string;
}

const FILES_PER_DIRECTORY = 50;
const DIRECTORIES_PER_DIRECTORY = 40;

/** Returns the files of the base, or those that another tree has changed of them. */
export function filesOf(name: TreeName, size: TreeSize): BenchFile[] {
  const indexes = name === 'base' ? range(size.files) : changedIn(name, size);
  return indexes.map((index) => ({ path: pathOf(index), content: `${name} ${index}` }));
}

/** Writes the base as a tar archive. */
export async function writeBaseArchive(path: string, size: TreeSize): Promise<void> {
  const archive = pack();
  const written = pipeline(archive, createWriteStream(path));
  for (const file of filesOf('base', size)) {
    archive.entry({ name: file.path, mtime: new Date(0) }, file.content);
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
  const from = name === 'base' ? '' : 'from refs/heads/base\n';
  const files = filesOf(name, size).map(
    ({ path, content }) => `M 100644 inline ${path}\ndata ${content.length}\n${content}\n`,
  );
  return `${head}${from}${files.join('')}\n`;
}

/** Changes that lie far from each other lie in different directories at every level. */
function pathOf(index: number): string {
  const inner = Math.floor(index / FILES_PER_DIRECTORY);
  return `d${Math.floor(inner / DIRECTORIES_PER_DIRECTORY)}/e${inner}/f${index}`;
}

/** The indexes of the files in which a side differs from the base: others on each side. */
function changedIn(name: 'ours' | 'theirs', { changes, files }: TreeSize): number[] {
  const first = name === 'ours' ? 0 : FILES_PER_DIRECTORY;
  const step = Math.floor(files / changes);
  return range(changes).map((index) => first + index * step);
}

function range(length: number): number[] {
  return Array.from({ length }, (_, index) => index);
}
