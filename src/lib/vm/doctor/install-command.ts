/** The package managers for which the names of packages are known. */
export type PackageManager = 'apt-get' | 'dnf' | 'pacman';

/** What can be installed. */
export type Installable = 'qemu' | 'virtiofsd' | 'util-linux' | 'libkrun' | 'libcap-ng';

const INSTALL: Readonly<Record<PackageManager, string>> = {
  'apt-get': 'sudo apt-get install -y',
  dnf: 'sudo dnf install -y',
  pacman: 'sudo pacman -S --needed',
};

const PACKAGES: Readonly<Record<Installable, Readonly<Record<PackageManager, string>>>> = {
  qemu: { 'apt-get': 'qemu-system-x86', dnf: 'qemu-system-x86-core', pacman: 'qemu-system-x86' },
  virtiofsd: { 'apt-get': 'qemu-system-common', dnf: 'virtiofsd', pacman: 'virtiofsd' },
  'util-linux': { 'apt-get': 'util-linux', dnf: 'util-linux', pacman: 'util-linux' },
  libkrun: { 'apt-get': '', dnf: 'libkrun', pacman: 'libkrun' },
  'libcap-ng': { 'apt-get': 'libcap-ng0', dnf: 'libcap-ng', pacman: 'libcap-ng' },
};

/** What brings it where the distribution does not. */
const FETCH: Partial<Record<Installable, string>> = { libkrun: 'bash scripts/fetch-krun' };

/** Returns the command that installs something, or null where none is known. */
export function installCommand(
  what: Installable,
  manager: PackageManager | undefined,
): string | null {
  const name = manager === undefined ? '' : PACKAGES[what][manager];
  if (manager !== undefined && name !== '') return `${INSTALL[manager]} ${name}`;
  return FETCH[what] ?? null;
}
