import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { useTemporaryDirectory } from '../support/temporary-directory.js';

const root = join(import.meta.dirname, '../..');
const directory = useTemporaryDirectory();

const QUICK = ['bin/run.js', 'dist/main.js'];

describe('the modules that are loaded', () => {
  it('by mono --version are the entry alone', () => {
    expect(withoutHelpers(loadedBy('--version'))).toEqual(QUICK);
  });

  it('by mono install with nothing to do are the entry and the look at the stamp', () => {
    emptyProject();
    loadedBy('install');

    const loaded = loadedBy('install');

    expect(withoutHelpers(loaded)).toEqual([...QUICK, 'dist/chunks/is-unchanged-install']);
    expect(loaded.length).toBeLessThanOrEqual(8);
  });

  it('by mono install are more once mono.yaml has changed', () => {
    emptyProject();
    loadedBy('install');
    writeFileSync(join(place(), 'mono.yaml'), 'images: {} # changed\n');

    expect(loadedBy('install').join('\n')).toContain('better-sqlite3');
  });

  it.each(['projects.db', 'stamps'])('by mono install are more once %s is gone', (name) => {
    emptyProject();
    loadedBy('install');
    rmSync(join(directory(), 'home', name), { recursive: true });

    expect(loadedBy('install').join('\n')).toContain('better-sqlite3');
  });
});

/** Returns the files in the order in which they were loaded, relative to the package. */
function loadedBy(...args: string[]): string[] {
  const log = join(directory(), 'loaded');
  writeFileSync(log, '');
  const hook = join(root, 'test/support/list-loaded-modules.cjs');
  const { status, stderr } = spawnSync(
    process.execPath,
    ['--require', hook, join(root, 'bin/run.js'), ...args],
    {
      cwd: place(),
      env: { MONO_HOME: join(directory(), 'home'), LOADED_MODULES: log },
      encoding: 'utf8',
    },
  );
  if (status !== 0) throw new Error(stderr);
  const prefix = `${pathToFileURL(root).href}/`;
  return [...new Set(readFileSync(log, 'utf8').trimEnd().split('\n'))]
    .filter((line) => !line.startsWith('node:'))
    .map((line) => line.replace(prefix, '').replace(`${root}/`, ''))
    .map((line) => line.replace(/-[A-Z0-9]{8}\.js$/, ''));
}

/** Leaves out the chunks without a name: small pieces that several modules share. */
function withoutHelpers(files: readonly string[]): string[] {
  return files.filter((file) => file !== 'dist/chunks/chunk');
}

function place(): string {
  const path = join(directory(), 'project');
  mkdirSync(path, { recursive: true });
  return path;
}

function emptyProject(): void {
  writeFileSync(join(place(), 'mono.yaml'), 'images: {}\n');
  writeFileSync(join(place(), 'mono.lock'), readEmptyLock());
}

function readEmptyLock(): string {
  return [
    '# Written by mono; commit it. To change it, edit mono.yaml or run `mono install` or `mono upgrade`.',
    'lockfileVersion: 1',
    'images: {}',
    '',
  ].join('\n');
}
