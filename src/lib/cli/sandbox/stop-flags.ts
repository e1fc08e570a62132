import { Flags } from '@oclif/core';
import type { SandboxRecord } from '../../vm/sandboxes/sandbox-record.js';
import type { Sandboxes } from '../../vm/sandboxes/sandboxes.js';
import { stopSandbox } from '../../vm/sandboxes/stop-sandbox.js';
import { durationOfFlag } from '../duration-flag.js';

/** What a process gets to end in order when nobody says otherwise. */
const DEFAULT_GRACE_MS = 10_000;

/** The flags of commands that stop sandboxes. */
export const STOP_FLAGS = {
  time: Flags.string({
    char: 't',
    summary: 'how long the command may take to end in order (default 10s)',
    helpValue: 'TIME',
    env: 'MONO_TIME',
  }),
};

/**
 * Stops a sandbox as the flags say.
 *
 * @throws {MonoError} `USAGE_INVALID`, and as `stopSandbox`
 */
export async function stopByFlags(
  sandbox: SandboxRecord,
  sandboxes: Sandboxes,
  flags: { readonly time?: string | undefined },
): Promise<void> {
  const graceMs = durationOfFlag('--time', flags.time, { plainSeconds: true }) ?? DEFAULT_GRACE_MS;
  await stopSandbox(sandbox, { sandboxes, graceMs });
}
