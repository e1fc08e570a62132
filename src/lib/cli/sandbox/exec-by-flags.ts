import type { Context } from '../context.js';
import { variablesOfFlag } from '../run/run-flags.js';
import { execIn } from './exec-command.js';
import { reachByName } from './reach-by-name.js';

/** What the command line of `mono exec` says. */
export interface ExecFlags {
  readonly command: readonly string[];
  readonly interactive?: boolean | undefined;
  readonly tty?: boolean | undefined;
  readonly env?: readonly string[] | undefined;
  readonly workdir?: string | undefined;
  readonly user?: string | undefined;
}

/** Runs a command in a sandbox as the flags say, and returns its exit code. */
export async function execByFlags(
  context: Context,
  nameOrId: string,
  flags: ExecFlags,
): Promise<number> {
  const env = variablesOfFlag(flags.env ?? [], process.env);
  const tty = flags.tty ?? (process.stdin.isTTY && process.stdout.isTTY);
  const reached = await reachByName(context, nameOrId);
  const { command: argv, interactive = true, workdir, user } = flags;
  return execIn(reached, { argv, interactive, tty, env, workdir, user }, (receiver) =>
    context.forwardSignals(receiver),
  );
}
