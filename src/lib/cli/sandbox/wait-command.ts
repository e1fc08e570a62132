import { waitForSandbox } from '../../vm/sandboxes/stop-sandbox.js';
import type { Context } from '../context.js';
import { exitCodeOf } from './sandbox-summary.js';

/** What `mono wait --json` says; null stands for a sandbox whose end nobody saw. */
export interface WaitedSandboxes {
  readonly sandboxes: readonly {
    readonly id: string;
    readonly name: string;
    readonly exitCode: number | null;
  }[];
}

/** Waits for each of the sandboxes in turn and prints its exit code. */
export async function waitCommand(
  context: Context,
  namesOrIds: readonly string[],
): Promise<WaitedSandboxes> {
  const sandboxes = await context.sandboxes();
  const waited = [];
  for (const nameOrId of namesOrIds) {
    const sandbox = await sandboxes.find(nameOrId);
    const ending =
      sandbox.status === 'stopped'
        ? sandbox.ending
        : await waitForSandbox(sandboxes.directoryOf(sandbox));
    const exitCode = exitCodeOf({ ending }) ?? null;
    context.output.data(exitCode === null ? '?' : String(exitCode));
    waited.push({ id: sandbox.id, name: sandbox.name, exitCode });
  }
  return { sandboxes: waited };
}
