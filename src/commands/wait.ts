import { BaseCommand } from '../lib/cli/base-command.js';
import { SANDBOX_ARGS } from '../lib/cli/sandbox/sandbox-args.js';
import { waitCommand, type WaitedSandboxes } from '../lib/cli/sandbox/wait-command.js';

/** `mono wait SANDBOX…` */
export default class Wait extends BaseCommand {
  static override summary = 'Wait until sandboxes have ended, and print their exit codes';
  static override examples = ['<%= config.bin %> <%= command.id %> job'];
  static override strict = false;
  static override args = SANDBOX_ARGS;

  async run(): Promise<WaitedSandboxes> {
    const { flags, argv } = await this.parse(Wait);
    return waitCommand(this.context(flags), argv as string[]);
  }
}
