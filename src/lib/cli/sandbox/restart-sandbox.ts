import type { SandboxRecord } from '../../vm/sandboxes/sandbox-record.js';
import { VMM_WISHES, type VmmWish } from '../../vm/vmm-wish.js';
import type { Context } from '../context.js';
import { startCommand } from './start-command.js';

/** How a sandbox is started again. */
export interface RestartOptions {
  readonly isDetached: boolean;
  /** what is to run the machine; what ran it before unless given */
  readonly vmm?: VmmWish | undefined;
}

/**
 * Starts a sandbox that has stopped; the root filesystem is written again if it was evicted. Returns an
 * exit code: attached, that of its main process; detached, 0 once that runs.
 *
 * @throws {MonoError} `SANDBOX_RUNNING`, and as `startSandbox`
 */
export async function restartSandbox(
  context: Context,
  stopped: SandboxRecord,
  { isDetached, vmm }: RestartOptions,
): Promise<number> {
  const before = VMM_WISHES.find((name) => name === stopped.vmm);
  const host = await context.machineHost(vmm ?? before);
  const rootfs = await context.rootDisk(stopped.root);
  const sandbox = (await context.sandboxes()).restart(stopped, rootfs);
  return startCommand(context, sandbox, { host, isDetached, isNew: false, hasInput: true });
}
