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

/** Returns the facts of this host. */
export async function readHostFacts(places: HostPlaces): Promise<HostFacts> {
  const { searchPath, krun } = places;
  const [cpuInfo, kvmDevice, krunFacts, missingConfinement, qemu, virtiofsd, unshare] =
    await Promise.all([
      readStart('/proc/cpuinfo'),
      openKvm(),
      examineKrun(krun),
      firstUnreadable([places.qemu.launcher, places.qemu.guard]),
      findProgram('qemu-system-x86_64', searchPath),
      findProgram('virtiofsd', `${searchPath}:${LIBEXEC}`),
      findProgram('unshare', searchPath),
    ]);
  return {
    platform: process.platform,
    arch: process.arch,
    hasVirtualisation: VIRTUALISATION_FLAG.test(cpuInfo),
    kvmDevice,
    ...{ krun: krunFacts, qemu, missingConfinement, virtiofsd, unshare },
    isRoot: process.getuid?.() === 0,
  };
}

/** Returns whether machines can run on hardware. */
export function isKvmUsable({ hasVirtualisation, kvmDevice }: HostFacts): boolean {
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
