import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureDirectory } from '../../io/ensure-directory.js';
import { openVmm } from '../../vm/open-vmm.js';
import type { Vmm } from '../../vm/vmm.js';
import type { Output } from '../terminal/output.js';

/** Where machines find what they need. */
export interface MachineHostOptions {
  /** directory of the package, with what it brings for guests */
  readonly programRoot: string;
  readonly cacheDirectory: string;
  readonly output: Output;
}

/** What starts machines on this host. */
export interface MachineHost {
  readonly vmm: Vmm;
  /** path of the monitor program */
  readonly monitor: string;
}

/** Returns the best VMM of this host, ready to start machines. */
export async function openMachineHost(options: MachineHostOptions): Promise<MachineHost> {
  const { programRoot, cacheDirectory, output } = options;
  const { vmm, note } = await openVmm({
    kernel: {
      explicit: process.env['MONO_KERNEL'],
      fetched: [join(programRoot, 'build/kernel'), join(cacheDirectory, 'kernel')],
    },
    guestProgram: process.env['MONO_GUEST'] ?? join(programRoot, 'build/native/mono-guest'),
    cacheDirectory,
    searchPath: process.env['PATH'] ?? '',
  });
  if (note !== undefined && (await isNew(note, cacheDirectory))) output.warn(note);
  const monitor = process.env['MONO_MONITOR'] ?? join(programRoot, 'build/native/mono-monitor');
  return { vmm, monitor };
}

/** Whether this note was never told on this machine: it would only be noise from then on. */
async function isNew(note: string, cacheDirectory: string): Promise<boolean> {
  const directory = join(cacheDirectory, 'notes');
  const name = createHash('sha256').update(note).digest('hex').slice(0, 16);
  try {
    ensureDirectory(directory);
    await writeFile(join(directory, name), `${note}\n`, { flag: 'wx' });
    return true;
  } catch {
    return false;
  }
}
