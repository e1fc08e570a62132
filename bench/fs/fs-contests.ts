import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Contest } from '../contest.js';
import { workspace, type Workspace } from '../workspace.js';
import { makeLayout, makeRepository, writeBaseArchive } from './trees.js';
import { makeVersions } from './versions.js';

/** What the filesystem contests need to know. */
export interface FsSetting {
  readonly scratch: string;
  /** how many files the trees that are compared and merged have */
  readonly files: number;
}

/** As many as a person changes, in trees as large as those of a whole distribution. */
const CHANGES = 10;

/** As many as the layer of a large image has: its figures grow with the number, not their ratio. */
const MAX_LAYER_FILES = 20_000;

/**
 * Yields the contests of the filesystem: comparing and merging large trees that differ little, beside
 * git with the same trees; applying a layer, beside umoci.
 */
export async function* fsContests(setting: FsSetting): AsyncGenerator<() => Contest> {
  const { files, scratch } = setting;
  const own = workspace(scratch, 'trees');
  own.reset();
  const size = { files, changes: CHANGES };
  await makeVersions(own.home, size);
  const repository = join(scratch, 'repository');
  makeRepository(repository, size);
  yield () => comparing(own, repository, files);
  yield () => merging(own, repository, files);
  const layerSize = { files: Math.min(files, MAX_LAYER_FILES), changes: 0 };
  const archive = join(scratch, 'base.tar');
  await writeBaseArchive(archive, layerSize);
  yield () => applying(scratch, { archive, files: layerSize.files });
}

function comparing(own: Workspace, repository: string, files: number): Contest {
  return {
    title: `${CHANGES} changes among ${files} files, found`,
    cold: false,
    contestants: [
      { name: 'mono diff', command: own.mono('diff', 'base', 'ours') },
      startUp(own),
      git(repository, 'diff', '--name-status', 'base', 'ours'),
    ],
  };
}

function merging(own: Workspace, repository: string, files: number): Contest {
  const merge = ['merge', 'ours', 'theirs', '--base', 'base', '--name', 'merged'];
  return {
    title: `${CHANGES} changes on each side among ${files} files, merged`,
    cold: false,
    contestants: [
      { name: 'mono merge', command: own.mono(...merge) },
      startUp(own),
      git(repository, 'merge-tree', '--write-tree', 'ours', 'theirs'),
    ],
  };
}

/** What of the time is starting, opening the store and looking the names up. */
function startUp(own: Workspace) {
  return { name: 'mono diff of equals', command: own.mono('diff', 'base', 'base') };
}

function git(repository: string, ...argv: string[]) {
  return { name: `git ${argv[0]!}`, command: { argv: ['git', '-C', repository, ...argv] } };
}

/** A layer out of one and the same layout: into a store that has nothing, and into a directory. */
function applying(
  scratch: string,
  { archive, files }: { readonly archive: string; readonly files: number },
): Contest {
  const own = workspace(scratch, 'layer');
  const layout = makeLayout(scratch, archive);
  const bundle = join(scratch, 'bundle');
  const unpack = ['raw', 'unpack', '--rootless', '--image', `${layout}:layer`, bundle];
  return {
    title: `a layer of ${files} small files, applied`,
    cold: false,
    contestants: [
      {
        name: 'mono import',
        prepare: () => own.reset(),
        command: own.mono('import', layout, '--name', 'layer'),
      },
      {
        name: 'umoci raw unpack',
        prepare: () => rmSync(bundle, { recursive: true, force: true }),
        command: { argv: ['umoci', ...unpack] },
      },
    ],
  };
}
