import { join } from 'node:path';
import type { LibraryPlaces } from '../../vm/find-library.js';
import type { HostPlaces } from '../../vm/host-facts.js';

/** Where this program looks for what machines need. */
export interface MachinePlaces extends HostPlaces {
  readonly kernel: LibraryPlaces;
  /** path of the guest program */
  readonly guestProgram: string;
  /** path of the monitor program */
  readonly monitor: string;
  /** path of the filesystem that new disks hold */
  readonly diskTemplate: string;
}

/** Returns the places: what the environment names, the system's, what comes with the package. */
export function machinePlaces(options: {
  /** directory of the package */
  readonly programRoot: string;
  readonly cacheDirectory: string;
}): MachinePlaces {
  const { programRoot, cacheDirectory } = options;
  const { env } = process;
  const native = join(programRoot, 'build/native');
  const fetched = [join(programRoot, 'build/kernel'), join(cacheDirectory, 'kernel')];
  return {
    kernel: { explicit: env['MONO_KERNEL'], fetched },
    krun: {
      library: { explicit: env['MONO_KRUN'], fetched },
      launcher: env['MONO_KRUN_LAUNCHER'] ?? join(native, 'mono-krun'),
    },
    qemu: { launcher: join(native, 'mono-qemu'), guard: join(native, 'mono-qemu-guard.so') },
    guestProgram: env['MONO_GUEST'] ?? join(native, 'mono-guest'),
    monitor: env['MONO_MONITOR'] ?? join(native, 'mono-monitor'),
    diskTemplate: join(native, 'disk.ext4.gz'),
    searchPath: env['PATH'] ?? '',
  };
}
