import { parseRegistry } from '../../registry/auth/log-in.js';
import type { Context } from '../context.js';

/** What a logout came to; `mono logout --json` prints it. */
export interface LogOutResult {
  readonly registry: string;
  readonly removed: boolean;
  /** another place that has credentials for the registry */
  readonly remainsIn: string | null;
}

/** Logs out, tells about it on stderr and returns the document for `--json`. */
export async function runLogout(context: Context, registryText: string): Promise<LogOutResult> {
  const { output } = context;
  const registry = parseRegistry(registryText);
  const { file, source } = await context.accounts();
  const removed = await file.erase(registry);
  const { found, lookedIn } = await source(registry);
  const remainsIn = (found && lookedIn.at(-1)) ?? null;
  output.talk(removed ? `Logged out of ${registry}` : `No account of ${registry} was kept`);
  if (remainsIn !== null) output.warn(`${remainsIn} still has credentials for ${registry}`);
  return { registry, removed, remainsIn };
}
