import { open } from 'node:fs/promises';
import { findProgram } from './qemu/find-program.js';

/** What a host can do for microVMs. */
export interface HostFacts {
  readonly platform: string;
  readonly arch: string;
  /** `absent` also when /dev/kvm exists on a processor without virtualisation */
  readonly kvm: 'usable' | 'denied' | 'absent';
  /** path of qemu-system-x86_64 */
  readonly qemu: string | undefined;
  /** path of setpriv */
  readonly setpriv: string | undefined;
}

/** The flags line of the first processor ends well before this. */
const CPUINFO_BYTES = 16_384;
const VIRTUALISATION_FLAG = /^flags\s*:.*\b(?:vmx|svm)\b/m;

/** Returns the facts of this host; `searchPath` has the form of PATH. */
export async function readHostFacts(searchPath: string): Promise<HostFacts> {
  const [kvm, qemu, setpriv] = await Promise.all([
    readKvm(),
    findProgram('qemu-system-x86_64', searchPath),
    findProgram('setpriv', searchPath),
  ]);
  return { platform: process.platform, arch: process.arch, kvm, qemu, setpriv };
}

async function readKvm(): Promise<HostFacts['kvm']> {
  if (!VIRTUALISATION_FLAG.test(await readStart('/proc/cpuinfo'))) return 'absent';
  try {
    const device = await open('/dev/kvm', 'r+');
    await device.close();
    return 'usable';
  } catch (error) {
    const isDenied = error instanceof Error && 'code' in error && error.code === 'EACCES';
    return isDenied ? 'denied' : 'absent';
  }
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
