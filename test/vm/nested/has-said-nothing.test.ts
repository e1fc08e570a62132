import { describe, expect, it } from 'vitest';
import { MonoError } from '../../../src/lib/errors.js';
import { hasSaidNothing } from './has-said-nothing.js';

const STOPPED = 'its VMM ended with exit code 0';
const OF_LIBKRUN =
  '[2026-11-22T17:46:10Z INFO  vmm::linux::vstate] Received KVM_EXIT_SHUTDOWN signal\n[2026-11-22T17:46:11Z INFO  vmm] Vmm is stopping.';

function ending(
  code: 'VM_STOPPED' | 'VM_COMMAND_NOT_FOUND',
  cause: string,
  console: string,
): MonoError {
  return new MonoError(code, 'it ended', { details: { cause, console } });
}

describe('hasSaidNothing', () => {
  it.each([
    ['nobody said anything', ending('VM_STOPPED', STOPPED, ''), true],
    ['libkrun alone said something', ending('VM_STOPPED', STOPPED, OF_LIBKRUN), true],
    ['the guest did', ending('VM_STOPPED', STOPPED, `${OF_LIBKRUN}\nKernel panic`), false],
    ['the VMM failed', ending('VM_STOPPED', 'its VMM ended with exit code 1', ''), false],
    ['the VMM was killed', ending('VM_STOPPED', 'its VMM was killed by SIGSYS', ''), false],
    ['the machine did not end', ending('VM_COMMAND_NOT_FOUND', STOPPED, ''), false],
    ['something else went wrong', new Error(STOPPED), false],
  ])('when %s', (_case, error, expected) => {
    expect(hasSaidNothing(error)).toBe(expected);
  });
});
