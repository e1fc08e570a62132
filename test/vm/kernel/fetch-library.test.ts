import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { useTemporaryDirectory } from '../../support/temporary-directory.js';

const temporary = useTemporaryDirectory();
const REPOSITORY = join(import.meta.dirname, '../../..');

/** A fresh clone with an npm that cannot download, and a cache that holds the file `cached`. */
function runInFreshClone(
  script: string,
  cached?: { name: string; file: string },
): { status: number | null; clone: string; stderr: string } {
  const clone = join(temporary(), 'clone');
  const programs = join(temporary(), 'programs');
  const cache = join(temporary(), 'cache/mono/kernel');
  for (const directory of [join(clone, 'scripts'), programs, cache])
    mkdirSync(directory, { recursive: true });
  copyFileSync(join(REPOSITORY, 'scripts', script), join(clone, 'scripts', script));
  cpSync(join(REPOSITORY, 'scripts/lib'), join(clone, 'scripts/lib'), { recursive: true });
  writeFileSync(join(programs, 'npm'), '#!/bin/sh\necho "npm: no network" >&2\nexit 1\n');
  chmodSync(join(programs, 'npm'), 0o755);
  if (cached !== undefined) copyFileSync(cached.file, join(cache, cached.name));
  const { status, stderr } = spawnSync('bash', [join(clone, 'scripts', script)], {
    encoding: 'utf8',
    env: { PATH: `${programs}:${process.env['PATH']}`, XDG_CACHE_HOME: join(temporary(), 'cache') },
  });
  return { status, stderr, clone };
}

describe.each([
  { script: 'fetch-kernel', library: 'build/kernel/libkrunfw.so.5', stem: 'libkrunfw' },
  { script: 'fetch-krun', library: 'build/kernel/libkrun.so.1', stem: 'libkrun' },
])('scripts/$script', ({ script, library, stem }) => {
  const path = join(REPOSITORY, 'scripts', script);
  const sha256 = /^sha256=([0-9a-f]{64})$/m.exec(readFileSync(path, 'utf8'))![1]!;
  const name = `${stem}-${sha256}.so`;

  it('takes the library from the cache of the user without a download', () => {
    const fetched = join(REPOSITORY, library);

    const { status, clone } = runInFreshClone(script, { name, file: fetched });

    expect(status).toBe(0);
    expect(readFileSync(join(clone, library)).equals(readFileSync(fetched))).toBe(true);
  });

  it.each([
    { case: 'is empty', cached: undefined },
    { case: 'holds a damaged file', cached: { name, file: path } },
  ])('downloads when the cache $case, and leaves nothing behind when it cannot', ({ cached }) => {
    const { status, stderr, clone } = runInFreshClone(script, cached);

    expect(status).not.toBe(0);
    expect(stderr).toContain('npm: no network');
    expect(existsSync(join(clone, 'build'))).toBe(false);
  });
});
