import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
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
const SCRIPT = join(REPOSITORY, 'scripts/fetch-kernel');
const LIBRARY = join(REPOSITORY, 'build/kernel/libkrunfw.so.5');
const SHA256 = /^sha256=([0-9a-f]{64})$/m.exec(readFileSync(SCRIPT, 'utf8'))![1]!;

/** A fresh clone with an npm that cannot download, and a cache that holds `cached`. */
function runInFreshClone(cached: string | undefined): {
  status: number | null;
  clone: string;
  stderr: string;
} {
  const clone = join(temporary(), 'clone');
  const programs = join(temporary(), 'programs');
  const cache = join(temporary(), 'cache/mono/kernel');
  for (const directory of [join(clone, 'scripts'), programs, cache])
    mkdirSync(directory, { recursive: true });
  copyFileSync(SCRIPT, join(clone, 'scripts/fetch-kernel'));
  writeFileSync(join(programs, 'npm'), '#!/bin/sh\necho "npm: no network" >&2\nexit 1\n');
  chmodSync(join(programs, 'npm'), 0o755);
  if (cached !== undefined) copyFileSync(cached, join(cache, `libkrunfw-${SHA256}.so`));
  const { status, stderr } = spawnSync('bash', [join(clone, 'scripts/fetch-kernel')], {
    encoding: 'utf8',
    env: { PATH: `${programs}:${process.env['PATH']}`, XDG_CACHE_HOME: join(temporary(), 'cache') },
  });
  return { status, stderr, clone };
}

describe('scripts/fetch-kernel', () => {
  it('takes the library from the cache of the user without a download', () => {
    const { status, clone } = runInFreshClone(LIBRARY);

    expect(status).toBe(0);
    expect(
      readFileSync(join(clone, 'build/kernel/libkrunfw.so.5')).equals(readFileSync(LIBRARY)),
    ).toBe(true);
  });

  it.each([
    { name: 'is empty', cached: undefined },
    { name: 'holds a damaged file', cached: SCRIPT },
  ])('downloads when the cache $name, and leaves nothing behind when it cannot', ({ cached }) => {
    const { status, stderr, clone } = runInFreshClone(cached);

    expect(status).not.toBe(0);
    expect(stderr).toContain('npm: no network');
    expect(existsSync(join(clone, 'build'))).toBe(false);
  });
});
