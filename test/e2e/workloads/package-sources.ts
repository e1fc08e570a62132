import { execFileSync } from 'node:child_process';

/** What apt of this machine is configured to fetch packages from. */
export interface PackageSources {
  /** lines for /etc/apt/sources.list */
  readonly list: string;
  /** lines for a file in /etc/apt/apt.conf.d */
  readonly configuration: string;
}

/** Returns the package sources of this machine. A guest reaches them unless they are on its loopback. */
export function packageSources(): PackageSources {
  const format = 'deb $(REPO_URI) $(RELEASE) $(COMPONENT)';
  return {
    list: apt('apt-get', 'indextargets', '--format', format, 'Created-By: Packages'),
    configuration: apt('apt-config', 'dump', 'Acquire::http::Proxy'),
  };
}

function apt(program: string, ...args: string[]): string {
  return execFileSync(program, args, { encoding: 'utf8' });
}
