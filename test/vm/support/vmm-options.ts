import { join } from 'node:path';
import type { OpenVmmOptions } from '../../../src/lib/vm/open-vmm.js';

const ROOT = join(import.meta.dirname, '../../..');

/** What scripts/setup has made, which is what real machines boot from. */
export const VMM_OPTIONS: OpenVmmOptions = {
  kernel: { system: [], fetched: [join(ROOT, 'build/kernel')] },
  krun: {
    library: { system: [], fetched: [join(ROOT, 'build/kernel')] },
    launcher: join(ROOT, 'build/native/mono-krun'),
  },
  qemu: {
    launcher: join(ROOT, 'build/native/mono-qemu'),
    guard: join(ROOT, 'build/native/mono-qemu-guard.so'),
  },
  guestProgram: join(ROOT, 'build/native/mono-guest'),
  cacheDirectory: join(ROOT, 'build/test-cache'),
  searchPath: process.env['PATH'] ?? '',
};

/** The program that watches over machines. */
export const MONITOR = join(ROOT, 'build/native/mono-monitor');

/** The filesystem that disks for writes start with. */
export const DISK_TEMPLATE = join(ROOT, 'build/native/disk.ext4.gz');
