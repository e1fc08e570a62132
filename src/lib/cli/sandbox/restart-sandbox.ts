import type { SandboxRecord } from '../../vm/sandboxes/sandbox-record.js';
import type { Context } from '../context.js';
import { startCommand } from './start-command.js';

/**
 * Starts a sandbox that has stopped; the root filesystem is written again if it was evicted. Returns an
 * exit code: attached, that of its main process; detached, 0 once that runs.
 *
 * @throws {MonoError} `SANDBOX_RUNNING`, and as `startSandbox`
 */
export async function restartSandbox(
  context: Context,
  stopped: SandboxRecord,
  { isDetached }: { readonly isDetached: boolean },
): Promise<number> {
  const host = await context.machineHost();
  const rootfs = await context.rootDisk(stopped.root);
  const sandbox = (await context.sandboxes()).restart(stopped, rootfs);
  return startCommand(context, sandbox, { host, isDetached, isNew: false, hasInput: true });
}
