import { MonoError } from '../errors.js';

/** What reaches the network: nothing of the machine, or its outgoing connections. */
export type NetworkMode = 'none' | 'outbound';

/** A port of the host that leads to a port of the guest. */
export interface PortForward {
  readonly protocol: 'tcp' | 'udp';
  /** IPv4 address of the host to listen on */
  readonly hostAddress: string;
  readonly hostPort: number;
  readonly guestPort: number;
}

/** A directory of the host that the guest sees. */
export interface SharedDirectory {
  /** absolute path on the host */
  readonly hostPath: string;
  /** absolute path in the guest; made where it is missing */
  readonly guestPath: string;
  readonly readOnly: boolean;
}

/** A disk of the host that the guest mounts; one machine uses it at a time. */
export interface DiskMount {
  /** absolute path on the host of a disk made by `createDisk` */
  readonly path: string;
  /** absolute path in the guest; made where it is missing */
  readonly guestPath: string;
  readonly readOnly: boolean;
}

/** A filesystem in the guest's memory. */
export interface MemoryMount {
  /** absolute path in the guest; made where it is missing */
  readonly path: string;
  /** most that it holds in `MiB`; half of the guest's memory when left out */
  readonly sizeMib?: number | undefined;
}

/** What takes the writes to the root filesystem. */
export type RootWrites =
  | { readonly kind: 'memory' }
  | { readonly kind: 'nothing' }
  /** a disk made by `createDisk`; `path` is absolute */
  | { readonly kind: 'disk'; readonly path: string };

/** What a machine has beside processors, memory and its image. */
export interface MachineDevices {
  readonly network: NetworkMode;
  readonly ports: readonly PortForward[];
  readonly volumes: readonly SharedDirectory[];
  readonly disks: readonly DiskMount[];
  readonly memoryMounts: readonly MemoryMount[];
  readonly writes: RootWrites;
}

/** How a guest reaches the network; addresses are IPv4. It depends on the VMM. */
export type GuestNetwork =
  /** through the Ethernet interface `eth0` */
  | {
      readonly kind: 'interface';
      readonly address: string;
      readonly prefixBits: number;
      readonly gateway: string;
      readonly nameServer: string;
    }
  /** through sockets that the VMM takes over: no interface is needed */
  | { readonly kind: 'sockets'; readonly nameServer: string };

/** A machine on its own: no network, nothing shared, writes to memory. */
export const NO_DEVICES: MachineDevices = {
  network: 'none',
  ports: [],
  volumes: [],
  disks: [],
  memoryMounts: [],
  writes: { kind: 'memory' },
};

/** Each is a device, and a machine has 24 slots for devices. */
export const MAX_VOLUMES = 8;
const MAX_DISKS = 8;
/** Each is a listening socket of the VMM. */
export const MAX_PORTS = 64;
const MAX_MEMORY_MOUNTS = 32;
/** Longest path that Linux takes, without its NUL byte (`PATH_MAX`). */
const MAX_PATH_BYTES = 4095;
const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/;

/**
 * Returns the tag by which the guest finds the volume with that index.
 */
export function volumeTag(index: number): string {
  return `volume${index}`;
}

/**
 * Returns the device by which the guest finds `disks[index]`: the image is the first disk, then comes
 * the one for writes, then these in order.
 */
export function diskDevice({ writes }: Pick<MachineDevices, 'writes'>, index: number): string {
  const before = writes.kind === 'disk' ? 2 : 1;
  return `/dev/vd${String.fromCharCode('a'.charCodeAt(0) + before + index)}`;
}

/**
 * Checks everything about devices that can be known before a machine starts.
 *
 * @throws {MonoError} `VM_SPEC_INVALID`
 */
export function checkDevices(devices: MachineDevices): void {
  const { ports, volumes, disks, memoryMounts, writes } = devices;
  checkCount('ports', ports.length, MAX_PORTS);
  checkCount('volumes', volumes.length, MAX_VOLUMES);
  checkCount('disks', disks.length, MAX_DISKS);
  checkCount('memory mounts', memoryMounts.length, MAX_MEMORY_MOUNTS);
  ports.forEach(checkPort);
  for (const { hostPath, guestPath } of volumes) {
    checkPath('volume', hostPath);
    checkPath('volume', guestPath);
  }
  for (const { path, guestPath } of disks) {
    checkPath('disk', path);
    checkPath('disk', guestPath);
  }
  for (const { path } of memoryMounts) checkPath('memory mount', path);
  if (writes.kind === 'disk') checkPath('disk for writes', writes.path);
  checkUnique(
    [...volumes, ...disks].map((it) => it.guestPath).concat(memoryMounts.map((it) => it.path)),
  );
}

function checkPort({ hostAddress, hostPort, guestPort }: PortForward): void {
  if (!IPV4.test(hostAddress)) throw invalid('port', `\`${hostAddress}\` is no IPv4 address`);
  for (const port of [hostPort, guestPort]) {
    if (!Number.isInteger(port) || port < 1 || port > 65_535)
      throw invalid('port', `${port} is not a number from 1 to 65535`);
  }
}

function checkUnique(paths: readonly string[]): void {
  const twice = paths.find((path, index) => paths.indexOf(path) !== index);
  if (twice !== undefined) throw invalid('mounts', `two of them are at \`${twice}\``);
}

function checkPath(what: string, path: string): void {
  if (!path.startsWith('/')) throw invalid(what, `\`${path}\` is not an absolute path`);
  if (path.includes('\0')) throw invalid(what, 'its path holds a NUL character');
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) throw invalid(what, 'its path is too long');
}

function checkCount(what: string, count: number, limit: number): void {
  if (count > limit) throw invalid(what, `there are ${count}, and ${limit} are possible`);
}

function invalid(what: string, reason: string): MonoError {
  return new MonoError('VM_SPEC_INVALID', `Cannot use the ${what} of the sandbox: ${reason}`, {
    details: { what, reason },
  });
}
