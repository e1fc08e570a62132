import { MonoError } from '../errors.js';
import { isKvmUsable, type HostFacts } from './host-facts.js';
import type { VmmWish } from './vmm-wish.js';

/** A VMM that a host can use. */
export type VmmChoice =
  | {
      readonly vmm: 'krun';
      /** path of the launcher */
      readonly program: string;
      /** path of libkrun */
      readonly library: string;
      readonly accelerator: 'kvm';
      readonly note?: undefined;
    }
  | {
      readonly vmm: 'qemu';
      /** path of the program */
      readonly program: string;
      readonly accelerator: 'kvm' | 'tcg';
      /** why machines will be slow, as one sentence for the user */
      readonly note?: string;
    };

/**
 * Returns the VMM for a host: the one that is wished for, else krun where its library can be loaded
 * and the processor and /dev/kvm let it run, else QEMU. Hardware virtualisation is used only when the
 * processor has it: `/dev/kvm` alone may be an emulation that ordinary guests do not run under.
 *
 * @throws {MonoError} `VM_UNAVAILABLE`
 */
export function chooseVmm(facts: HostFacts, wish: VmmWish = 'auto'): VmmChoice {
  if (facts.platform !== 'linux' || facts.arch !== 'x64') {
    throw new MonoError(
      'VM_UNAVAILABLE',
      `Cannot run microVMs on ${facts.platform}/${facts.arch}: linux/x64 is needed`,
      { details: { platform: facts.platform, arch: facts.arch } },
    );
  }
  const problem = krunProblem(facts);
  if (wish === 'krun' && problem !== undefined) throw unavailable(`use krun: ${problem}`);
  return wish !== 'qemu' && problem === undefined ? krunChoice(facts) : qemuChoice(facts);
}

/** Returns why a host cannot run krun machines, or undefined when it can. */
export function krunProblem(facts: HostFacts): string | undefined {
  if (!facts.hasVirtualisation) return 'this host has no hardware virtualisation';
  if (facts.kvmDevice === 'denied') return 'this user may not open /dev/kvm';
  if (facts.kvmDevice === 'absent') return '/dev/kvm is not there';
  return facts.krun.problem;
}

function krunChoice({ krun }: HostFacts): VmmChoice {
  const { launcher, library = '' } = krun;
  return { vmm: 'krun', program: launcher, library, accelerator: 'kvm' };
}

function qemuChoice(facts: HostFacts): VmmChoice {
  if (facts.qemu === undefined) throw unavailable('find the program `qemu-system-x86_64`');
  if (facts.missingConfinement !== undefined)
    throw unavailable(`find \`${facts.missingConfinement}\`, which confines QEMU`);
  const common = { vmm: 'qemu', program: facts.qemu } as const;
  if (isKvmUsable(facts)) return { ...common, accelerator: 'kvm' };
  const isDenied = facts.hasVirtualisation && facts.kvmDevice === 'denied';
  return { ...common, accelerator: 'tcg', note: SLOW[isDenied ? 'denied' : 'absent'] };
}

function unavailable(what: string): MonoError {
  return new MonoError('VM_UNAVAILABLE', `Cannot ${what}`, {
    hint: 'Run `mono doctor`: it says what is missing, and the command that brings it.',
  });
}

const SLOW = {
  absent: 'This host has no hardware virtualisation; microVMs run in software emulation, slowly.',
  denied:
    'This user may not open /dev/kvm; microVMs run in software emulation, slowly ' +
    '(to change that: `sudo usermod -aG kvm $USER` and log in again).',
} as const;
