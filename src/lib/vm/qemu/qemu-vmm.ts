import type { HostProcess, Vmm } from '../vmm.js';
import { qemuArguments, type QemuPlatform } from './qemu-arguments.js';

/** What {@link createQemuVmm} works with. */
export interface QemuVmmOptions extends QemuPlatform {
  /** path of qemu-system-x86_64 */
  readonly qemu: string;
  /** path of util-linux's setpriv, where the host has it */
  readonly setpriv?: string | undefined;
}

/**
 * Returns a VMM that makes machines with QEMU. QEMU gets no new privileges.
 *
 * No machine outlives the process that started it, however that ends: the kernel kills QEMU with its
 * parent where setpriv exists, and the guest restarts, which ends QEMU, when the channel hangs up.
 */
export function createQemuVmm(options: QemuVmmOptions): Vmm {
  const { qemu, setpriv } = options;
  return {
    name: 'qemu',
    plan(spec) {
      return {
        vmm: confined({ file: qemu, args: qemuArguments(options, spec) }, setpriv),
        helpers: [],
      };
    },
  };
}

function confined(program: HostProcess, setpriv: string | undefined): HostProcess {
  if (setpriv === undefined) return program;
  const { file, args } = program;
  return { file: setpriv, args: ['--pdeathsig', 'KILL', '--no-new-privs', file, ...args] };
}
