import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { listingModules, readLoadedModules } from '../support/loaded-modules.js';
import { useTemporaryDirectory } from '../support/temporary-directory.js';

const root = join(import.meta.dirname, '../..');
const directory = useTemporaryDirectory();

/** Of these the last is for the version. */
const QUICK = ['bin/run.cjs', 'dist/main.cjs', 'package.json'];

describe('the modules that are loaded', () => {
  it('by mono --version are the entry alone', () => {
    expect(loadedBy('--version')).toEqual(QUICK);
  });

  it('by mono install with nothing to do are the entry alone', () => {
    emptyProject();
    loadedBy('install');

    expect(loadedBy('install')).toEqual(QUICK);
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

function loadedBy(...args: string[]): string[] {
  const log = join(directory(), 'loaded');
  const { status, stderr } = spawnSync(process.execPath, [join(root, 'bin/run.cjs'), ...args], {
    cwd: place(),
    env: { MONO_HOME: join(directory(), 'home'), ...listingModules(log) },
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return readLoadedModules(log);
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
