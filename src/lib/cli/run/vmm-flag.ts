import { Flags } from '@oclif/core';
import { VMM_WISHES } from '../../vm/vmm-wish.js';

/** Returns the flag that chooses a VMM; `byDefault` says which it is without the flag. */
export function vmmFlag(byDefault: string) {
  return Flags.option({
    summary: `what runs the machine (default: ${byDefault})`,
    options: VMM_WISHES,
    env: 'MONO_VMM',
  })();
}
