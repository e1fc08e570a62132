import { Config, run } from '@oclif/core';
import { usageError } from './usage-error.js';
import type { Program } from './program.js';

/**
 * Finds the command that `argv` names and runs it.
 *
 * @throws {MonoError} `USAGE_INVALID` when the command line is not valid; whatever the command throws
 */
export async function runCommand(argv: readonly string[], program: Program): Promise<void> {
  const config = await Config.load(program.root);
  try {
    await run([...argv], config);
  } catch (error) {
    const commands = config.commandIDs.map((id) => id.replaceAll(':', ' '));
    throw usageError(error, { argv, commands });
  }
}
