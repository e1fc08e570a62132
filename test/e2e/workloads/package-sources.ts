import { execFileSync } from 'node:child_process';

/** Where QEMU's user-mode network shows a guest the host's own loopback interface. */
const GATEWAY = '10.0.2.2';
const LOOPBACK = /^(https?:\/\/)(?:127\.0\.0\.1|localhost)(?=[:/]|$)/;

/** What apt of this machine is configured to fetch packages from. */
export interface PackageSources {
  /** lines for /etc/apt/sources.list */
  readonly list: string;
  /** lines for a file in /etc/apt/apt.conf.d */
  readonly configuration: string;
}

/** Returns the package sources of this machine, as a guest reaches them. */
export function packageSources(): PackageSources {
  const format = 'deb $(REPO_URI) $(RELEASE) $(COMPONENT)';
  const targets = apt('apt-get', 'indextargets', '--format', format, 'Created-By: Packages');
  const proxy = apt('apt-config', 'dump', 'Acquire::http::Proxy');
  return {
    list: lines(targets, (line) => line.split(' ').map(fromGuest).join(' ')),
    configuration: lines(proxy, (line) => line.replace(/(?<=")[^"]*/, fromGuest)),
  };
}

function fromGuest(url: string): string {
  return url.replace(LOOPBACK, `$1${GATEWAY}`);
}

function apt(program: string, ...args: string[]): string {
  return execFileSync(program, args, { encoding: 'utf8' });
}

function lines(text: string, change: (line: string) => string): string {
  return text
    .trim()
    .split('\n')
    .map((line) => `${change(line)}\n`)
    .join('');
}
