import { MonoError } from '../../errors.js';
import type { Vmm } from '../vmm.js';
import { confineQemu, type QemuConfinement } from './confine-qemu.js';
import { qemuArguments, type QemuPlatform } from './qemu-arguments.js';
import { qemuGuestNetwork } from './network-arguments.js';
import { volumeHelper, type VolumeHost } from './volume-arguments.js';

/** What {@link createQemuVmm} works with. */
export interface QemuVmmOptions extends QemuPlatform, QemuConfinement {
  /** path of qemu-system-x86_64 */
  readonly qemu: string;
  /** paths of virtiofsd and util-linux's unshare, where the host has them */
  readonly virtiofsd?: string | undefined;
  readonly unshare?: string | undefined;
  /** whether `mono` runs as root */
  readonly isRoot: boolean;
}

/**
 * Returns a VMM that makes machines with QEMU. Its plans throw `VM_UNAVAILABLE` for volumes where the
 * host lacks a server for them.
 */
export function createQemuVmm(options: QemuVmmOptions): Vmm {
  return {
    name: 'qemu',
    async plan(spec) {
      const { devices } = spec;
      const boot = [options.kernel, options.initramfs];
      const qemu = { file: options.qemu, args: qemuArguments(options, spec) };
      return {
        vmm: await confineQemu(qemu, { ...options, spec, boot }),
        helpers: devices.volumes.map((volume, index) =>
          volumeHelper(volume, { index, host: volumeHost(options) }),
        ),
        network: qemuGuestNetwork(devices),
      };
    },
  };
}

/** @throws {MonoError} `VM_UNAVAILABLE` on a host that cannot share directories */
function volumeHost({ virtiofsd, unshare, isRoot }: QemuVmmOptions): VolumeHost {
  if (virtiofsd !== undefined && unshare !== undefined) return { virtiofsd, unshare, isRoot };
  const missing = virtiofsd === undefined ? 'virtiofsd' : 'unshare';
  throw new MonoError('VM_UNAVAILABLE', `Cannot share a directory: \`${missing}\` is not there`, {
    details: { missing },
    hint: 'Install it: Debian has it in qemu-system-common and util-linux.',
  });
}
