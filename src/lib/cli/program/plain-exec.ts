import { homedir } from 'node:os';
import { reachSandbox } from '../../vm/sandboxes/reach-sandbox.js';
import { resolveDirectories } from '../directories.js';
import { execIn } from '../sandbox/exec-command.js';
import { Interrupts } from './interrupts.js';

/**
 * Does what the command `exec` does without flags and returns the exit code of the guest's command;
 * undefined when the sandbox is not reached at once: there is then something to be told about it.
 */
export async function plainExec([, nameOrId = '', ...rest]: readonly string[]): Promise<
  number | undefined
> {
  const { data } = resolveDirectories(process.env, homedir());
  const reached = await reachSandbox(data, nameOrId);
  if (!reached) return undefined;
  const argv = rest[0] === '--' ? rest.slice(1) : rest;
  const tty = process.stdin.isTTY && process.stdout.isTTY;
  const interrupts = new Interrupts();
  try {
    return await execIn(reached, { argv, interactive: true, tty }, (receiver) =>
      interrupts.forward(receiver),
    );
  } finally {
    interrupts.close();
  }
}
