import { access, constants } from 'node:fs/promises';
import { chooseVmm, krunProblem } from '../choose-vmm.js';
import { findLibrary, type LibraryPlaces } from '../find-library.js';
import { readHostFacts, type HostFacts, type HostPlaces } from '../host-facts.js';
import { KERNEL_LIBRARY_NAME } from '../kernel/find-kernel-library.js';
import { examineConfinement } from './examine-confinement.js';
import { fileCheck, type HostCheck } from './host-check.js';
import { findProgram } from '../qemu/find-program.js';
import { installCommand, type PackageManager } from './install-command.js';

/** Where to look for what a host has. */
export interface ExamineHostOptions extends HostPlaces {
  readonly kernel: LibraryPlaces;
  /** path of the guest program */
  readonly guestProgram: string;
  /** path of the monitor program */
  readonly monitor: string;
}

/** What a host can do for microVMs, and why. */
export interface HostReport {
  /** what `mono run` uses; null when it cannot run anything */
  readonly vmm: 'krun' | 'qemu' | null;
  readonly accelerator: 'kvm' | 'tcg' | null;
  /** why krun is not used; null when it can be */
  readonly krunProblem: string | null;
  readonly checks: readonly HostCheck[];
}

/** Returns what this host can do for microVMs, and what is missing. */
export async function examineHost(options: ExamineHostOptions): Promise<HostReport> {
  const [facts, kernel, manager, guest, monitor] = await Promise.all([
    readHostFacts(options),
    findLibrary(KERNEL_LIBRARY_NAME, options.kernel),
    findPackageManager(options.searchPath),
    isReadable(options.guestProgram),
    isReadable(options.monitor),
  ]);
  const build = 'bash scripts/build-native';
  const checks = [
    platformCheck(facts),
    ...virtualisationChecks(facts),
    fileCheck('guest kernel', kernel.path, {
      ...{ missing: `${KERNEL_LIBRARY_NAME} is not there`, purpose: 'what every microVM boots' },
      fix: 'bash scripts/fetch-kernel',
    }),
    fileCheck('guest program', guest ? options.guestProgram : undefined, {
      ...{
        missing: `${options.guestProgram} is not there`,
        purpose: 'the first program of every guest',
      },
      fix: build,
    }),
    fileCheck('monitor', monitor ? options.monitor : undefined, {
      ...{ missing: `${options.monitor} is not there`, purpose: 'watches over each microVM' },
      fix: build,
    }),
    krunCheck(facts, manager),
    ...qemuChecks(facts, manager),
    ...(await examineConfinement(facts, { launcher: options.qemu.launcher, manager })),
  ];
  const hasParts = kernel.path !== undefined && guest && monitor;
  const choice = hasParts ? choiceFor(facts) : undefined;
  return {
    vmm: choice?.vmm ?? null,
    accelerator: choice?.accelerator ?? null,
    krunProblem: krunProblem(facts) ?? null,
    checks,
  };
}

function choiceFor(facts: HostFacts): ReturnType<typeof chooseVmm> | undefined {
  try {
    return chooseVmm(facts);
  } catch {
    return undefined;
  }
}

function platformCheck({ platform, arch }: HostFacts): HostCheck {
  const isKnown = platform === 'linux' && arch === 'x64';
  return {
    name: 'platform',
    status: isKnown ? 'present' : 'missing',
    found: `${platform}/${arch}`,
    purpose: 'microVMs run on linux/x64',
    fix: null,
  };
}

function virtualisationChecks({ hasVirtualisation, kvmDevice }: HostFacts): HostCheck[] {
  const denied = { found: 'this user may not open it', fix: 'sudo usermod -aG kvm $USER' };
  const absent = {
    found: 'it is not there',
    fix: hasVirtualisation ? 'sudo modprobe -a kvm_intel kvm_amd' : null,
  };
  return [
    {
      name: 'processor',
      status: hasVirtualisation ? 'present' : 'missing',
      found: hasVirtualisation ? 'has virtualisation' : 'no vmx or svm among its flags',
      purpose: 'fast microVMs; in a virtual machine its host must allow nesting',
      fix: null,
    },
    {
      name: '/dev/kvm',
      purpose: 'fast microVMs, with virtualisation in the processor',
      ...(kvmDevice === 'opens'
        ? { status: 'present', found: 'opens', fix: null }
        : { status: 'missing', ...(kvmDevice === 'denied' ? denied : absent) }),
    },
  ];
}

function krunCheck({ krun }: HostFacts, manager: PackageManager | undefined): HostCheck {
  const { library, problem, launcher } = krun;
  const isLauncher = problem?.includes(launcher) ?? false;
  const fix = isLauncher ? 'bash scripts/build-native' : krunFix(problem ?? '', manager);
  return {
    name: 'libkrun',
    status: problem === undefined ? 'present' : 'missing',
    found: problem ?? library ?? '',
    purpose: 'the lean VMM; needs hardware virtualisation',
    fix: problem === undefined ? null : fix,
  };
}

/** libcap-ng is what a libkrun that mono fetched lacks on a small system. */
function krunFix(problem: string, manager: PackageManager | undefined): string | null {
  const lacksCapNg = problem.includes('libcap-ng.so');
  return installCommand(lacksCapNg ? 'libcap-ng' : 'libkrun', manager);
}

function qemuChecks(facts: HostFacts, manager: PackageManager | undefined): HostCheck[] {
  return [
    fileCheck('QEMU', facts.qemu, {
      ...{ missing: 'qemu-system-x86_64 is not there', purpose: 'the VMM that runs on every host' },
      fix: installCommand('qemu', manager),
    }),
    fileCheck('virtiofsd', facts.virtiofsd, {
      ...{ missing: 'it is not there', purpose: 'directories shared with QEMU machines (-v)' },
      fix: installCommand('virtiofsd', manager),
    }),
  ];
}

async function findPackageManager(searchPath: string): Promise<PackageManager | undefined> {
  for (const manager of ['apt-get', 'dnf', 'pacman'] as const)
    if ((await findProgram(manager, searchPath)) !== undefined) return manager;
  return undefined;
}

async function isReadable(path: string): Promise<boolean> {
  return access(path, constants.R_OK).then(
    () => true,
    () => false,
  );
}
