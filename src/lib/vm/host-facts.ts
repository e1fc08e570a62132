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
  /** path of virtiofsd, which distributions keep out of PATH */
  readonly virtiofsd: string | undefined;
  /** path of unshare */
  readonly unshare: string | undefined;
  /** whether this process may do everything */
  readonly isRoot: boolean;
}

/** Where Debian, Fedora and Arch put programs that are not for people. */
const LIBEXEC = '/usr/lib/qemu:/usr/libexec:/usr/lib';

/** The flags line of the first processor ends well before this. */
const CPUINFO_BYTES = 16_384;
const VIRTUALISATION_FLAG = /^flags\s*:.*\b(?:vmx|svm)\b/m;

/** Returns the facts of this host; `searchPath` has the form of PATH. */
export async function readHostFacts(searchPath: string): Promise<HostFacts> {
  const [kvm, qemu, setpriv, virtiofsd, unshare] = await Promise.all([
    readKvm(),
    findProgram('qemu-system-x86_64', searchPath),
    findProgram('setpriv', searchPath),
    findProgram('virtiofsd', `${searchPath}:${LIBEXEC}`),
    findProgram('unshare', searchPath),
  ]);
  const { platform, arch } = process;
  const isRoot = process.getuid?.() === 0;
  return { platform, arch, kvm, qemu, setpriv, virtiofsd, unshare, isRoot };
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
