import { chooseVmm, type VmmChoice } from './choose-vmm.js';
import type { LibraryPlaces } from './find-library.js';
import { ensureInitramfs } from './guest/ensure-initramfs.js';
import { readHostFacts, type HostFacts, type HostPlaces } from './host-facts.js';
import { ensureKernel } from './kernel/ensure-kernel.js';
import { findKernelLibrary } from './kernel/find-kernel-library.js';
import { createKrunVmm } from './krun/krun-vmm.js';
import type { QemuConfinement } from './qemu/confine-qemu.js';
import { ensureTscFrequency } from './qemu/ensure-tsc-frequency.js';
import { createQemuVmm } from './qemu/qemu-vmm.js';
import type { Vmm } from './vmm.js';
import type { VmmWish } from './vmm-wish.js';

/** Where {@link openVmm} finds what it needs. */
export interface OpenVmmOptions extends HostPlaces {
  readonly kernel: LibraryPlaces;
  /** path of the guest program */
  readonly guestProgram: string;
  /** directory for bootable kernels and initial filesystems, which can be made again */
  readonly cacheDirectory: string;
  /** which VMM to use; `auto` unless given */
  readonly wish?: VmmWish | undefined;
}

/** A VMM that is ready, and what to tell the user about it. */
export interface OpenedVmm {
  readonly vmm: Vmm;
  /** one sentence when machines will be slow, and why */
  readonly note: string | undefined;
}

/** What every machine boots. */
interface Bootables {
  readonly kernel: string;
  readonly initramfs: string;
}

/**
 * Returns the VMM that is wished for, else the best of this host, with kernel and guest program ready
 * to boot.
 *
 * @throws {MonoError} `VM_UNAVAILABLE`, `VM_KERNEL_MISSING`, `VM_KERNEL_INVALID`,
 *   `VM_GUEST_MISSING`, `IO_FAILED`, `DISK_FULL`
 */
export async function openVmm(options: OpenVmmOptions): Promise<OpenedVmm> {
  const { cacheDirectory, guestProgram: program } = options;
  const facts = await readHostFacts(options, { tryKrun: 'usable' });
  const choice = chooseVmm(facts, options.wish);
  const [kernel, initramfs, tscKhz] = await Promise.all([
    findKernelLibrary(options.kernel).then((library) => ensureKernel({ library, cacheDirectory })),
    ensureInitramfs({ program, cacheDirectory }),
    choice.accelerator === 'tcg' ? ensureTscFrequency({ program, cacheDirectory }) : undefined,
  ]);
  const bootables = { kernel, initramfs };
  const vmm =
    choice.vmm === 'krun'
      ? createKrunVmm({ launcher: choice.program, library: choice.library, ...bootables })
      : openQemu(choice, facts, { ...options.qemu, ...bootables, tscKhz });
  return { vmm, note: choice.note };
}

function openQemu(
  { program, accelerator }: VmmChoice,
  { virtiofsd, unshare, isRoot }: HostFacts,
  boot: Bootables & QemuConfinement & { readonly tscKhz: number | undefined },
): Vmm {
  return createQemuVmm({
    qemu: program,
    accelerator,
    virtiofsd,
    unshare,
    isRoot,
    ...boot,
  });
}
