import { chooseVmm } from './choose-vmm.js';
import { ensureInitramfs } from './guest/ensure-initramfs.js';
import { readHostFacts } from './host-facts.js';
import { ensureKernel } from './kernel/ensure-kernel.js';
import { findKernelLibrary, type KernelLibraryPlaces } from './kernel/find-kernel-library.js';
import { ensureTscFrequency } from './qemu/ensure-tsc-frequency.js';
import { createQemuVmm } from './qemu/qemu-vmm.js';
import type { Vmm } from './vmm.js';

/** Where {@link openVmm} finds what it needs. */
export interface OpenVmmOptions {
  readonly kernel: KernelLibraryPlaces;
  /** path of the guest program */
  readonly guestProgram: string;
  /** directory for bootable kernels and initial filesystems, which can be made again */
  readonly cacheDirectory: string;
  /** directories to find QEMU in, in the form of PATH */
  readonly searchPath: string;
}

/** A VMM that is ready, and what to tell the user about it. */
export interface OpenedVmm {
  readonly vmm: Vmm;
  /** one sentence when machines will be slow, and why */
  readonly note: string | undefined;
}

/**
 * Returns the best VMM of this host with kernel and guest program ready to boot.
 *
 * @throws {MonoError} `VM_UNAVAILABLE`, `VM_KERNEL_MISSING`, `VM_KERNEL_INVALID`,
 *   `VM_GUEST_MISSING`, `IO_FAILED`, `DISK_FULL`
 */
export async function openVmm(options: OpenVmmOptions): Promise<OpenedVmm> {
  const { cacheDirectory } = options;
  const facts = await readHostFacts(options.searchPath);
  const choice = chooseVmm(facts);
  const program = options.guestProgram;
  const [kernel, initramfs, tscKhz] = await Promise.all([
    findKernelLibrary(options.kernel).then((library) => ensureKernel({ library, cacheDirectory })),
    ensureInitramfs({ program, cacheDirectory }),
    choice.accelerator === 'tcg' ? ensureTscFrequency({ program, cacheDirectory }) : undefined,
  ]);
  const vmm = createQemuVmm({
    qemu: choice.program,
    setpriv: facts.setpriv,
    virtiofsd: facts.virtiofsd,
    unshare: facts.unshare,
    isRoot: facts.isRoot,
    accelerator: choice.accelerator,
    kernel,
    initramfs,
    tscKhz,
  });
  return { vmm, note: choice.note };
}
