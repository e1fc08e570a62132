import { BaseCommand } from '../lib/cli/base-command.js';
import { changeSandboxes, type ChangedSandboxes } from '../lib/cli/sandbox/change-sandboxes.js';
import { SANDBOX_ARGS } from '../lib/cli/sandbox/sandbox-args.js';
import { STOP_FLAGS, stopByFlags } from '../lib/cli/sandbox/stop-flags.js';

/** `mono stop SANDBOX…` */
export default class Stop extends BaseCommand {
  static override summary = 'Stop sandboxes';
  static override description = `The command of a sandbox gets SIGTERM and time to end in order; then its machine is ended. What it has written to memory is gone; with \`--persist\` it is there at the next start.`;

  static override examples = [
    '<%= config.bin %> <%= command.id %> web',
    '<%= config.bin %> <%= command.id %> -t 0 web worker',
  ];

  static override strict = false;
  static override args = SANDBOX_ARGS;
  static override flags = STOP_FLAGS;

  async run(): Promise<ChangedSandboxes> {
    const { flags, argv } = await this.parse(Stop);
    return changeSandboxes(this.context(flags), argv as string[], (sandbox, sandboxes) =>
      stopByFlags(sandbox, sandboxes, flags),
    );
  }
}
