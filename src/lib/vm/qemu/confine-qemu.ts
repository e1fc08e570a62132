import { realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { diskFiles } from '../disk-parts.js';
import { hostNameServer } from '../host-name-server.js';
import { qemuDiskPath } from '../root-disk.js';
import type { HostProcess, MachineSpec } from '../vmm.js';

/** The parts that confine QEMU, from `native/qemu`. */
export interface QemuConfinement {
  /** path of the launcher, `mono-qemu` */
  readonly launcher: string;
  /** path of the socket guard, `mono-qemu-guard.so` */
  readonly guard: string;
}

/** What {@link confineQemu} works with. */
export interface ConfineQemuOptions extends QemuConfinement {
  readonly spec: MachineSpec;
  /** paths of the files that every machine boots */
  readonly boot: readonly string[];
  /** whether `mono` runs as root */
  readonly isRoot: boolean;
}

/** Where libraries, modules and firmware are, on whatever distribution; what is missing is passed over. */
const SYSTEM = ['/usr', '/lib', '/lib64', '/nix/store', '/etc/ld.so.cache'];
/** Where they are below the prefix of a QEMU that did not come with the system. */
const OF_PREFIX = ['lib', 'lib64', 'libexec', 'share'];
const RESOLVER_FILE = '/etc/resolv.conf';

/**
 * Returns how QEMU is started with no files but those of the machine and of the system's programs, no
 * listeners but the forwarded ports, and no way to what the host keeps on its loopback but its name
 * server: docs/design/0015-confined-qemu.md.
 *
 * @throws {MonoError} `IO_FAILED` when the description of the root disk cannot be read
 */
export async function confineQemu(
  qemu: HostProcess,
  options: ConfineQemuOptions,
): Promise<HostProcess> {
  const { launcher, guard, spec } = options;
  const { ports, network } = spec.devices;
  const readable = [...SYSTEM, ...(await filesOf(qemu.file)), ...(await filesToRead(options))];
  const listening = ports.filter(({ protocol }) => protocol === 'tcp');
  return {
    ...qemu,
    file: launcher,
    args: [
      ...readable.flatMap((path) => ['--read', path]),
      ...filesToWrite(spec).flatMap((path) => ['--write', path]),
      ...listening.flatMap(({ hostPort }) => ['--listen', String(hostPort)]),
      ...['--guard', guard, '--', qemu.file, ...qemu.args],
    ],
    env: network === 'none' ? {} : { MONO_NAME_SERVER: await hostNameServer() },
  };
}

/** A program may be a script that starts the real one. */
async function filesOf(program: string): Promise<string[]> {
  const real = await realpath(program).catch(() => program);
  const prefix = dirname(dirname(real));
  return [real, ...OF_PREFIX.map((name) => join(prefix, name))];
}

async function filesToRead({ spec, boot, isRoot }: ConfineQemuOptions): Promise<string[]> {
  const { rootfs, devices } = spec;
  return [
    ...boot,
    ...[qemuDiskPath(rootfs), ...(await diskFiles(rootfs))],
    ...devices.disks.filter(({ readOnly }) => readOnly).map(({ path }) => path),
    ...(devices.network === 'none' ? [] : await resolverFiles(isRoot)),
  ];
}

/**
 * QEMU reads the resolver's file anew whenever it changes. Programs that change it put a new file in
 * its place, so it is found in its directory; of /etc, only a user other than root may read no secrets.
 */
async function resolverFiles(isRoot: boolean): Promise<string[]> {
  const directory = dirname(await realpath(RESOLVER_FILE).catch(() => RESOLVER_FILE));
  return [RESOLVER_FILE, ...(isRoot && directory === '/etc' ? [] : [directory])];
}

function filesToWrite({ devices }: MachineSpec): string[] {
  const { disks, writes } = devices;
  const kept = disks.filter(({ readOnly }) => !readOnly).map(({ path }) => path);
  return ['/dev/kvm', '/dev/null', ...(writes.kind === 'disk' ? [writes.path] : []), ...kept];
}
