import { reachIn, type ReachedSandbox } from '../../vm/sandboxes/reach-sandbox.js';
import type { Context } from '../context.js';
import { reach } from './exec-command.js';

/**
 * Returns a connection to a sandbox that runs.
 *
 * @throws {MonoError} `SANDBOX_NOT_FOUND`, `SANDBOX_NOT_RUNNING`
 */
export async function reachByName(context: Context, nameOrId: string): Promise<ReachedSandbox> {
  return reach(context.directories.data, nameOrId, async () => {
    const sandboxes = await context.sandboxes();
    return reachIn(sandboxes.directoryOf(await sandboxes.find(nameOrId)));
  });
}
