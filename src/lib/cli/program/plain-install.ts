import { Context } from '../context.js';
import { runInstall } from '../install/install-command.js';
import type { Program } from './program.js';

/** Does what the command `install` does with these requirements, if any, and without flags. */
export async function plainInstall(
  requirements: readonly string[],
  program: Program,
): Promise<void> {
  const context = new Context({
    quiet: false,
    verbose: false,
    'no-color': false,
    json: false,
    programRoot: program.root,
    version: program.version,
  });
  try {
    const options = { requirements, global: false, offline: false, 'dry-run': false };
    await runInstall(context, options);
  } finally {
    await context.close();
  }
}
