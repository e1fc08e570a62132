import { MonoError } from '../errors.js';
import type { HostFacts } from './host-facts.js';

/** A VMM that a host can use. */
export interface VmmChoice {
  readonly vmm: 'qemu';
  /** path of the program */
  readonly program: string;
  readonly accelerator: 'kvm' | 'tcg';
  /** why machines will be slow, as one sentence for the user */
  readonly note?: string;
}

/**
 * Returns the best VMM for a host. Hardware virtualisation is used only when the processor has it:
 * `/dev/kvm` alone may be an emulation that ordinary guests do not run under.
 *
 * @throws {MonoError} `VM_UNAVAILABLE`
 */
export function chooseVmm(facts: HostFacts): VmmChoice {
  if (facts.platform !== 'linux' || facts.arch !== 'x64') {
    throw new MonoError(
      'VM_UNAVAILABLE',
      `Cannot run microVMs on ${facts.platform}/${facts.arch}: linux/x64 is needed`,
      { details: { platform: facts.platform, arch: facts.arch } },
    );
  }
  if (facts.qemu === undefined) {
    throw new MonoError('VM_UNAVAILABLE', 'Cannot find the program `qemu-system-x86_64`', {
      hint: 'Install QEMU: `sudo apt-get install qemu-system-x86`, `dnf install qemu-system-x86-core`.',
    });
  }
  const common = { vmm: 'qemu', program: facts.qemu } as const;
  if (facts.kvm === 'usable') return { ...common, accelerator: 'kvm' };
  return { ...common, accelerator: 'tcg', note: SLOW[facts.kvm] };
}

const SLOW: Readonly<Record<Exclude<HostFacts['kvm'], 'usable'>, string>> = {
  absent: 'This host has no hardware virtualisation; microVMs run in software emulation, slowly.',
  denied:
    'This user may not open /dev/kvm; microVMs run in software emulation, slowly ' +
    '(to change that: `sudo usermod -aG kvm $USER` and log in again).',
};
