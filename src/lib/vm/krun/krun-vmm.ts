import { MonoError } from '../../errors.js';
import { volumeTag, type GuestNetwork, type MachineDevices } from '../devices.js';
import type { MachineSpec, Vmm } from '../vmm.js';
import { hostNameServer } from './host-name-server.js';
import {
  encodeConfiguration,
  type LauncherConfiguration,
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
const COMMAND_LINE = 'console=hvc0 quiet panic=-1 reboot=k nomodule no-kvmapf';

/**
 * Returns a VMM that makes machines with libkrun: one process, the launcher, which becomes the
 * machine. Volumes are served by that process; the guest's sockets are taken over by it, so ports and
 * the network need no helper either.
 *
 * Its plans throw `VM_SPEC_INVALID` for what libkrun has not got: forwarded UDP ports.
 */
export function createKrunVmm(options: KrunVmmOptions): Vmm {
  return {
    name: 'krun',
    async plan(spec) {
      const sockets = await guestSockets(spec.devices);
      return {
        vmm: {
          file: options.launcher,
          args: [],
          configuration: encodeConfiguration(configurationOf(options, spec, sockets)),
        },
        helpers: [],
        network: guestNetwork(sockets),
      };
    },
  };
}

function configurationOf(
  { library, kernel, initramfs }: KrunVmmOptions,
  { cpus, memoryMib, rootfs, devices }: MachineSpec,
  sockets: LauncherSockets | undefined,
): LauncherConfiguration {
  const { volumes, writes } = devices;
  return {
    ...{ library, kernel, initramfs, commandLine: COMMAND_LINE, cpus, memoryMib, sockets },
    disks: [
      { format: rootfs.format, path: rootfs.path, readOnly: true },
      ...(writes.kind === 'disk'
        ? [{ format: 'raw', path: writes.path, readOnly: false } as const]
        : []),
    ],
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
  if (ports.some((port) => port.protocol === 'udp')) throw noUdp();
  return { restricted: network === 'none', nameServer: await hostNameServer(), ports };
}

function guestNetwork(sockets: LauncherSockets | undefined): GuestNetwork | undefined {
  return sockets && { kind: 'sockets', nameServer: sockets.nameServer };
}

function noUdp(): MonoError {
  const reason = 'libkrun forwards TCP ports only';
  return new MonoError('VM_SPEC_INVALID', `Cannot use the port of the sandbox: ${reason}`, {
    details: { what: 'port', reason },
    hint: 'Choose QEMU for this sandbox: `--vmm qemu`.',
  });
}
