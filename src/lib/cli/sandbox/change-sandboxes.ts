import { isMonoError } from '../../errors.js';
import type { SandboxRecord } from '../../vm/sandboxes/sandbox-record.js';
import type { Sandboxes } from '../../vm/sandboxes/sandboxes.js';
import type { Context } from '../context.js';
import { renderError, reportError } from '../print/render-error.js';

/** What a command that changes sandboxes says with `--json`. */
export interface ChangedSandboxes {
  readonly sandboxes: readonly { readonly id: string; readonly name: string }[];
}

/**
 * Does `change` to each of the sandboxes and prints its name. The others go on when one fails; the
 * last failure is thrown at the end.
 */
export async function changeSandboxes(
  context: Context,
  namesOrIds: readonly string[],
  change: (sandbox: SandboxRecord, sandboxes: Sandboxes) => Promise<void>,
): Promise<ChangedSandboxes> {
  const sandboxes = await context.sandboxes();
  const changed: { id: string; name: string }[] = [];
  const failures: unknown[] = [];
  for (const nameOrId of namesOrIds) {
    try {
      const sandbox = await sandboxes.find(nameOrId);
      await change(sandbox, sandboxes);
      changed.push({ id: sandbox.id, name: sandbox.name });
      context.output.data(sandbox.name);
    } catch (error) {
      if (!isMonoError(error)) throw error;
      failures.push(error);
    }
  }
  for (const failure of failures.slice(0, -1)) {
    context.output.talk(renderError(reportError(failure), false).trimEnd());
  }
  if (failures.length > 0) throw failures.at(-1);
  return { sandboxes: changed };
}
