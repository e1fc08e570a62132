import { Flags } from '@oclif/core';
import { BaseCommand } from '../lib/cli/base-command.js';
import { changeSandboxes, type ChangedSandboxes } from '../lib/cli/sandbox/change-sandboxes.js';
import { removeSandbox } from '../lib/cli/sandbox/remove-sandbox.js';
import { SANDBOX_ARGS } from '../lib/cli/sandbox/sandbox-args.js';

/** `mono rm SANDBOX…` */
export default class Rm extends BaseCommand {
  static override summary = 'Forget sandboxes, with their logs and all that they have written';
  static override examples = [
    '<%= config.bin %> <%= command.id %> web',
    '<%= config.bin %> <%= command.id %> --force web',
  ];

  static override strict = false;
  static override args = SANDBOX_ARGS;
  static override flags = {
    force: Flags.boolean({
      char: 'f',
      default: false,
      summary: 'end those that run, at once',
      env: 'MONO_FORCE',
    }),
  };

  async run(): Promise<ChangedSandboxes> {
    const { flags, argv } = await this.parse(Rm);
    return changeSandboxes(this.context(flags), argv as string[], (sandbox, sandboxes) =>
      removeSandbox(sandbox, sandboxes, flags),
    );
  }
}
