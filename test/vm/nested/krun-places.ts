import { join } from 'node:path';
import { ensureKernel } from '../../../src/lib/vm/kernel/ensure-kernel.js';
import { DISK_TEMPLATE, MONITOR, VMM_OPTIONS } from '../support/vmm-options.js';
import type { InnerOptions } from './inner-options.js';

const LIBRARIES = join(import.meta.dirname, '../../../build/kernel');

/** Returns where the inner program finds what krun machines need: what scripts/setup has made. */
export async function krunPlaces(): Promise<Omit<InnerOptions, 'scenarios' | 'image'>> {
  const { cacheDirectory, guestProgram, krun } = VMM_OPTIONS;
  const kernel = await ensureKernel({
    library: join(LIBRARIES, 'libkrunfw.so.5'),
    cacheDirectory,
  });
  return {
    launcher: krun.launcher,
    library: join(LIBRARIES, 'libkrun.so.1'),
    kernel,
    monitor: MONITOR,
    guestProgram,
    diskTemplate: DISK_TEMPLATE,
  };
}
