import { logIn, parseRegistry, type LogInResult } from '../../registry/auth/log-in.js';
import type { Context } from '../context.js';
import { readAccount, type AccountFlags } from '../terminal/read-account.js';

export type { LogInResult };

/** Logs in, tells about it on stderr and returns the document for `--json`. */
export async function runLogin(
  context: Context,
  registryText: string,
  flags: AccountFlags,
): Promise<LogInResult> {
  const { output, signal } = context;
  const registry = parseRegistry(registryText);
  const account = await readAccount(registry, flags, signal);
  const { file, ...accounts } = await context.accounts();
  const client = await accounts.clientFor(account);
  const request = { registry, account, signal };
  const result = await logIn(request, { client, file }).finally(() => client.close());
  output.talk(`Logged in to ${registry} as ${account.username}`);
  if (!result.checked) {
    output.warn(`${registry} lets everybody in: the account could not be tried`);
  }
  return result;
}
