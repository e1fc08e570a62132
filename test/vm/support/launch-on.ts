import { launchMachine } from '../../../src/lib/vm/launch-machine.js';
import type { Machine } from '../../../src/lib/vm/machine.js';
import type { MachineSpec, Vmm } from '../../../src/lib/vm/vmm.js';

/** Returns what starts machines on `vmm`; they need no directory of their own. */
export function launchOn(vmm: Vmm): (spec: MachineSpec) => Promise<Machine> {
  return async (spec) => launchMachine(await vmm.plan(spec, '/'), '/');
}
