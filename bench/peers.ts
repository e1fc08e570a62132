import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Contestant } from './contest.js';

const MSB_PACKAGE = '@superradcompany/microsandbox-linux-x64-gnu@0.7.2';

/** Returns `podman pull` of `image`, from an empty image store. */
export function podmanPull(image: string): Contestant {
  return {
    name: 'podman pull',
    prepare() {
      execFileSync('podman', ['rmi', '-af'], { stdio: 'ignore' });
    },
    command: { argv: ['podman', 'pull', '-q', '--tls-verify=false', image] },
  };
}

/** Returns `msb pull` of `image`, into an empty home. */
export function msbPull(image: string, options: { scratch: string; cache: string }): Contestant {
  const msb = msbExecutable(options.cache);
  const home = join(options.scratch, 'msb');
  return {
    name: 'msb pull',
    prepare() {
      rmSync(home, { recursive: true, force: true });
      mkdirSync(home, { recursive: true });
    },
    command: { argv: [msb, 'pull', '-q', '--insecure', image], env: { HOME: home } },
  };
}

function msbExecutable(cache: string): string {
  const home = join(cache, 'msb-0.7.2');
  const executable = join(home, 'bin/msb');
  if (existsSync(executable)) return executable;
  const partial = `${home}.part`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  const packed = execFileSync('npm', ['pack', '--silent', MSB_PACKAGE], { cwd: partial });
  execFileSync('tar', ['xzf', packed.toString().trim(), '--strip-components=1'], { cwd: partial });
  rmSync(home, { recursive: true, force: true });
  renameSync(partial, home);
  return executable;
}
