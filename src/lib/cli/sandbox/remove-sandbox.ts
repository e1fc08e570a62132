import { MonoError } from '../../errors.js';
import type { SandboxRecord } from '../../vm/sandboxes/sandbox-record.js';
import type { Sandboxes } from '../../vm/sandboxes/sandboxes.js';
import { stopSandbox } from '../../vm/sandboxes/stop-sandbox.js';

/**
 * Forgets a sandbox; one that runs only with `force`, which ends it at once.
 *
 * @throws {MonoError} `SANDBOX_RUNNING`, and as `stopSandbox`
 */
export async function removeSandbox(
  sandbox: SandboxRecord,
  sandboxes: Sandboxes,
  { force }: { readonly force: boolean },
): Promise<void> {
  const { name, status } = sandbox;
  if (status !== 'stopped' && !force) {
    throw new MonoError('SANDBOX_RUNNING', `Cannot remove \`${name}\`: it runs`, {
      details: { name },
      hint: `Stop it first: \`mono stop ${name}\`, or use \`mono rm --force ${name}\`.`,
    });
  }
  if (status !== 'stopped') await stopSandbox(sandbox, { sandboxes, graceMs: 0 });
  await sandboxes.remove(sandbox);
}
