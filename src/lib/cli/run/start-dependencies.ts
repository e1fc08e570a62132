import type { Context } from '../context.js';
import { restartSandbox } from '../sandbox/restart-sandbox.js';

/**
 * Brings up the sandboxes that another one depends on, in order: one that runs is left alone, one that
 * has stopped is started, one that is not there is made by `run`.
 */
export async function startDependencies(
  context: Context,
  names: readonly string[],
  run: (name: string) => Promise<void>,
): Promise<void> {
  const sandboxes = await context.sandboxes();
  for (const name of names) {
    const sandbox = (await sandboxes.list()).find((it) => it.name === name);
    if (!sandbox) await run(name);
    else if (sandbox.status === 'stopped')
      await restartSandbox(context, sandbox, { isDetached: true });
  }
}
