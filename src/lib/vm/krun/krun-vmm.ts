import { MonoError } from '../../errors.js';
import { readDiskParts } from '../disk-parts.js';
import { volumeTag, type GuestNetwork, type MachineDevices } from '../devices.js';
import type { RootDisk } from '../root-disk.js';
import type { MachineSpec, Vmm } from '../vmm.js';
import { hostNameServer } from '../host-name-server.js';
import {
  encodeConfiguration,
  type LauncherConfiguration,
  type LauncherImage,
  type LauncherSockets,
} from './launcher-configuration.js';

/** What {@link createKrunVmm} works with. */
export interface KrunVmmOptions {
  /** path of the launcher, `mono-krun` */
  readonly launcher: string;
  /** path of libkrun */
  readonly library: string;
  /** path of the bootable kernel */
  readonly kernel: string;
  /** path of the initramfs with the guest program */
  readonly initramfs: string;
}

/**
 * The console, silence, and a restart through the keyboard controller, which is how libkrun notices
 * that a guest is done; modules and asynchronous page faults are of no use in it.
 */
export const COMMAND_LINE = 'console=hvc0 quiet panic=-1 reboot=k nomodule no-kvmapf';

/** Interrupts 10 to 15 of libkrun, less those of balloon, randomness, console, channel and image. */
const MAX_DEVICES = 6;

/**
 * Returns a VMM that makes machines with libkrun: one process, the launcher, which becomes the
 * machine. Volumes are served by that process; the guest's sockets are taken over by it, so ports and
 * the network need no helper either.
 *
 * Its plans throw `VM_SPEC_INVALID` for what libkrun has not got: forwarded UDP ports, and place for
 * many devices.
 */
export function createKrunVmm(options: KrunVmmOptions): Vmm {
  return {
    name: 'krun',
    async plan(spec) {
      checkDeviceCount(spec.devices);
      const [sockets, image] = await Promise.all([
        guestSockets(spec.devices),
        launcherImage(spec.rootfs),
      ]);
      return {
        vmm: {
          file: options.launcher,
          args: [],
          configuration: encodeConfiguration(configurationOf(options, spec, { sockets, image })),
        },
        helpers: [],
        network: guestNetwork(sockets),
      };
    },
  };
}

function configurationOf(
  { library, kernel, initramfs }: KrunVmmOptions,
  { cpus, memoryMib, devices }: MachineSpec,
  found: Pick<LauncherConfiguration, 'sockets' | 'image'>,
): LauncherConfiguration {
  const { volumes, disks, writes } = devices;
  const first = writes.kind === 'disk' ? [{ path: writes.path, readOnly: false }] : [];
  return {
    ...{ library, kernel, initramfs, commandLine: COMMAND_LINE, cpus, memoryMib, ...found },
    disks: [...first, ...disks].map(({ path, readOnly }) => ({ path, readOnly })),
    volumes: volumes.map(({ hostPath, readOnly }, index) => ({
      tag: volumeTag(index),
      path: hostPath,
      readOnly,
    })),
  };
}

/** Without outgoing connections the sockets are there for forwarded ports alone. */
async function guestSockets(devices: MachineDevices): Promise<LauncherSockets | undefined> {
  const { network, ports } = devices;
  if (network === 'none' && ports.length === 0) return undefined;
  if (ports.some((port) => port.protocol === 'udp'))
    throw unsupported('port', 'libkrun forwards TCP ports only');
  return { restricted: network === 'none', nameServer: await hostNameServer(), ports };
}

/** The launcher puts parts together itself (docs/design/0012-krun.md). */
async function launcherImage(disk: RootDisk): Promise<LauncherImage> {
  return disk.format === 'raw' ? { path: disk.path } : { parts: await readDiskParts(disk) };
}

function guestNetwork(sockets: LauncherSockets | undefined): GuestNetwork | undefined {
  return sockets && { kind: 'sockets', nameServer: sockets.nameServer };
}

/** Each device of libkrun has an interrupt of its own. */
function checkDeviceCount({ volumes, disks, writes, network, ports }: MachineDevices): void {
  const sockets = network === 'none' && ports.length === 0 ? 0 : 1;
  const count = volumes.length + disks.length + (writes.kind === 'disk' ? 1 : 0) + sockets;
  if (count <= MAX_DEVICES) return;
  const reason = `with the network and kept writes they are ${count} devices, and libkrun has place for ${MAX_DEVICES}`;
  throw unsupported('volumes and disks', reason);
}

function unsupported(what: string, reason: string): MonoError {
  return new MonoError('VM_SPEC_INVALID', `Cannot use the ${what} of the sandbox: ${reason}`, {
    details: { what, reason },
    hint: 'Choose QEMU for this sandbox: `--vmm qemu`.',
  });
}
