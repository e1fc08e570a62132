import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { EPHEMERAL, launchMachine } from '../../../src/lib/vm/monitor/monitored-machine.js';
import type { Machine } from '../../../src/lib/vm/machine.js';
import type { MachineSpec, Vmm } from '../../../src/lib/vm/vmm.js';
import { MONITOR } from './vmm-options.js';

/** Returns what starts machines on `vmm`, each in a new directory below `parent`. */
export function launchOn(vmm: Vmm, parent: string): (spec: MachineSpec) => Promise<Machine> {
  return async (spec) => {
    const runtimeDirectory = mkdtempSync(join(parent, 'machine-'));
    const watch = EPHEMERAL;
    return launchMachine(spec, { vmm, monitor: MONITOR, directory: runtimeDirectory, watch });
  };
}
