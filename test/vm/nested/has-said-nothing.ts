import { MonoError } from '../../../src/lib/errors.js';

/** What libkrun itself says of every end. */
const WORDS_OF_THE_VMM = /^\[[^\]]* INFO +vmm[^\]]*\] .*$/gm;

/**
 * Whether a machine ended as if its guest had restarted, without a word of the guest. The guest program
 * says why it gives up, and so does the kernel once it has a console; a kernel that panics before resets
 * the machine in silence. On a busy host a nested one does that now and then, before it sets up its
 * performance counters, of which the outer kernel's log has a line for each inner machine.
 */
export function hasSaidNothing(error: unknown): boolean {
  if (!(error instanceof MonoError)) return false;
  if (error.code !== 'VM_STOPPED' && error.code !== 'VM_LAUNCH_FAILED') return false;
  const { cause, console } = error.details;
  if (cause !== 'its VMM ended with exit code 0' || typeof console !== 'string') return false;
  return console.replace(WORDS_OF_THE_VMM, '').trim() === '';
}
