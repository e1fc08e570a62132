import { PORT_NAME } from '../protocol/frame-types.js';
import type { MachineDevices } from '../devices.js';
import type { MachineSpec } from '../vmm.js';
import { qemuDiskPath } from '../root-disk.js';
import { kernelCommandLine } from './kernel-command-line.js';
import { networkArguments } from './network-arguments.js';
import { SHARED_MEMORY, volumeArguments } from './volume-arguments.js';

/** The inherited descriptor that is QEMU's end of the guest's channel. */
export const CHANNEL_DESCRIPTOR = 3;

/** What every machine of one QEMU installation has in common. */
export interface QemuPlatform {
  readonly accelerator: 'kvm' | 'tcg';
  /** path of the bootable kernel */
  readonly kernel: string;
  /** path of the initramfs with the guest program */
  readonly initramfs: string;
  /** frequency of the host's time stamp counter in `kHz`, where it is known */
  readonly tscKhz?: number | undefined;
}

/**
 * Returns the arguments of QEMU for a machine: type microvm, a console on standard output, the
 * channel on descriptor 3, the root filesystem as a read-only disk, the devices of the machine,
 * nothing else; confined by QEMU's own seccomp filter. QEMU works in the runtime directory.
 *
 * Paths reach QEMU as JSON or as arguments of their own, never inside its comma-separated syntax.
 */
export function qemuArguments(platform: QemuPlatform, machine: MachineSpec): string[] {
  const { accelerator, tscKhz } = platform;
  const { cpus, memoryMib, devices } = machine;
  return [
    ...['-M', machineType(devices)],
    ...['-accel', acceleratorArgument(accelerator, cpus)],
    // Nested AMD-V in an emulated processor would only cost its set-up.
    ...['-cpu', accelerator === 'kvm' ? 'host' : 'max,-svm'],
    ...['-smp', String(cpus), '-m', `${memoryMib}M`],
    ...['-no-user-config', '-nodefaults', '-no-reboot', '-display', 'none'],
    ...['-sandbox', 'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny'],
    ...['-kernel', platform.kernel, '-initrd', platform.initramfs],
    ...['-append', kernelCommandLine({ accelerator, cpus, tscKhz })],
    ...['-device', 'virtio-serial-device'],
    ...['-chardev', 'stdio,id=console,signal=off', '-device', 'virtconsole,chardev=console,nr=0'],
    ...['-chardev', `socket,id=agent,fd=${CHANNEL_DESCRIPTOR}`],
    ...['-device', `virtserialport,chardev=agent,nr=1,name=${PORT_NAME}`],
    ...['-blockdev', rootDisk(machine), '-device', 'virtio-blk-device,drive=root'],
    ...keptDisks(devices),
    ...networkArguments(devices),
    ...volumeArguments(devices.volumes, memoryMib),
  ];
}

function machineType({ volumes }: MachineDevices): string {
  const memory = volumes.length > 0 ? `,memory-backend=${SHARED_MEMORY}` : '';
  return `microvm,acpi=off,pit=on,pic=on,rtc=on${memory}`;
}

/** Several emulated processors on several threads have crashed the supported kernels. */
function acceleratorArgument(accelerator: 'kvm' | 'tcg', cpus: number): string {
  if (accelerator === 'kvm') return 'kvm';
  return cpus === 1 ? 'tcg,thread=multi' : 'tcg,thread=single';
}

/** The disk for writes, then the others, in the order in which the guest counts them. */
function keptDisks({ writes, disks }: MachineDevices): string[] {
  const first = writes.kind === 'disk' ? [{ path: writes.path, readOnly: false }] : [];
  return [...first, ...disks].flatMap((disk, index) => keptDisk(disk, `disk${index}`));
}

/** With QEMU's lock: two machines on one disk would destroy its filesystem. */
function keptDisk({ path, readOnly }: { path: string; readOnly: boolean }, name: string): string[] {
  const access = { 'read-only': readOnly, discard: 'unmap' };
  const file = { driver: 'file', filename: path, locking: 'on', ...access };
  const disk = JSON.stringify({ driver: 'raw', 'node-name': name, ...access, file });
  return ['-blockdev', disk, '-device', `virtio-blk-device,drive=${name}`];
}

/**
 * Without a lock, since an image is never written and many machines share it. A descriptor names
 * files by absolute paths; QEMU opens them as it opens the descriptor, read-only.
 */
function rootDisk({ rootfs }: MachineSpec): string {
  return JSON.stringify({
    driver: rootfs.format,
    'node-name': 'root',
    'read-only': true,
    file: {
      driver: 'file',
      filename: qemuDiskPath(rootfs),
      'read-only': true,
      locking: 'off',
    },
  });
}
