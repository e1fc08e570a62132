import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureDirectory } from '../../io/ensure-directory.js';
import { openVmm } from '../../vm/open-vmm.js';
import type { Vmm } from '../../vm/vmm.js';
import type { VmmWish } from '../../vm/vmm-wish.js';
import type { Output } from '../terminal/output.js';
import type { MachinePlaces } from './machine-places.js';

/** Where machines find what they need. */
export interface MachineHostOptions {
  readonly places: MachinePlaces;
  readonly cacheDirectory: string;
  readonly output: Output;
  /** which VMM to use; the best unless given */
  readonly wish?: VmmWish | undefined;
}

/** What starts machines on this host. */
export interface MachineHost {
  readonly vmm: Vmm;
  /** path of the monitor program */
  readonly monitor: string;
}

/** Returns the best VMM of this host, ready to start machines. */
export async function openMachineHost(options: MachineHostOptions): Promise<MachineHost> {
  const { places, cacheDirectory, output, wish } = options;
  const { vmm, note } = await openVmm({ ...places, cacheDirectory, wish });
  if (note !== undefined && (await isNew(note, cacheDirectory))) output.warn(note);
  return { vmm, monitor: places.monitor };
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
