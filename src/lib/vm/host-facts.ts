import { access, constants, open } from 'node:fs/promises';
import { examineKrun, type KrunFacts, type KrunPlaces } from './krun/examine-krun.js';
import type { QemuConfinement } from './qemu/confine-qemu.js';
import { findProgram } from './qemu/find-program.js';

/** What a host can do for microVMs. */
export interface HostFacts {
  readonly platform: string;
  readonly arch: string;
  /** whether the processor has hardware virtualisation that this system may use */
  readonly hasVirtualisation: boolean;
  /** what opening /dev/kvm comes to, which says nothing without `hasVirtualisation` */
  readonly kvmDevice: 'opens' | 'denied' | 'absent';
  /** path of qemu-system-x86_64 */
  readonly qemu: string | undefined;
  /** path of a part of QEMU's confinement that is not there; undefined when all are */
  readonly missingConfinement: string | undefined;
  readonly krun: KrunFacts;
  /** path of virtiofsd, which distributions keep out of PATH */
  readonly virtiofsd: string | undefined;
  /** path of unshare */
  readonly unshare: string | undefined;
  /** whether this process may do everything */
  readonly isRoot: boolean;
}

/** What of the facts decides whether machines can run on hardware. */
type Virtualisation = Pick<HostFacts, 'hasVirtualisation' | 'kvmDevice'>;

/** Where to look for facts. */
export interface HostPlaces {
  /** directories to find programs in, in the form of PATH */
  readonly searchPath: string;
  readonly krun: KrunPlaces;
  readonly qemu: QemuConfinement;
}

/** Where Debian, Fedora and Arch put programs that are not for people. */
const LIBEXEC = '/usr/lib/qemu:/usr/libexec:/usr/lib';

/** The flags line of the first processor ends well before this. */
const CPUINFO_BYTES = 16_384;
const VIRTUALISATION_FLAG = /^flags\s*:.*\b(?:vmx|svm)\b/m;

/**
 * Returns the facts of this host. Whether libkrun can be loaded is tried by a program: `usable` does so
 * only where krun machines could run, for those who are about to start one.
 */
export async function readHostFacts(
  places: HostPlaces,
  { tryKrun = 'always' }: { readonly tryKrun?: 'always' | 'usable' } = {},
): Promise<HostFacts> {
  const { searchPath } = places;
  const [[kvm, krun], missingConfinement, qemu, virtiofsd, unshare] = await Promise.all([
    readVirtualisation(places.krun, tryKrun),
    firstUnreadable([places.qemu.launcher, places.qemu.guard]),
    findProgram('qemu-system-x86_64', searchPath),
    findProgram('virtiofsd', `${searchPath}:${LIBEXEC}`),
    findProgram('unshare', searchPath),
  ]);
  return {
    platform: process.platform,
    arch: process.arch,
    ...{ ...kvm, krun, qemu, missingConfinement, virtiofsd, unshare },
    isRoot: process.getuid?.() === 0,
  };
}

async function readVirtualisation(
  places: KrunPlaces,
  tryKrun: 'always' | 'usable',
): Promise<[Virtualisation, KrunFacts]> {
  const [cpuInfo, kvmDevice] = await Promise.all([readStart('/proc/cpuinfo'), openKvm()]);
  const kvm = { hasVirtualisation: VIRTUALISATION_FLAG.test(cpuInfo), kvmDevice };
  if (tryKrun === 'always' || isKvmUsable(kvm)) return [kvm, await examineKrun(places)];
  return [kvm, { launcher: places.launcher, library: undefined, problem: 'it was not tried' }];
}

/** Returns whether machines can run on hardware. */
export function isKvmUsable({ hasVirtualisation, kvmDevice }: Virtualisation): boolean {
  return hasVirtualisation && kvmDevice === 'opens';
}

async function openKvm(): Promise<HostFacts['kvmDevice']> {
  try {
    const device = await open('/dev/kvm', 'r+');
    await device.close();
    return 'opens';
  } catch (error) {
    const isDenied = error instanceof Error && 'code' in error && error.code === 'EACCES';
    return isDenied ? 'denied' : 'absent';
  }
}

async function firstUnreadable(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) {
    const problem: unknown = await access(path, constants.R_OK).catch((error: unknown) => error);
    if (problem !== undefined) return path;
  }
  return undefined;
}

async function readStart(path: string): Promise<string> {
  try {
    const file = await open(path, 'r');
    try {
      const { buffer, bytesRead } = await file.read(
        Buffer.alloc(CPUINFO_BYTES),
        0,
        CPUINFO_BYTES,
        0,
      );
      return buffer.toString('latin1', 0, bytesRead);
    } finally {
      await file.close();
    }
  } catch {
    return '';
  }
}
