import { BaseCommand } from '../../lib/cli/base-command.js';
import { RUN_ARGS, RUN_FLAGS } from '../../lib/cli/run/run-flags.js';
import { runTarget } from '../../lib/cli/run/run-target.js';

/** `mono run sandbox TARGET [COMMAND…]` */
export default class RunSandbox extends BaseCommand {
  static override summary = 'Run a sandbox of mono.yaml in a microVM';
  static override description = 'The long form of `mono run`; see there.';
  static override examples = ['<%= config.bin %> <%= command.id %> web'];
  static override enableJsonFlag = false;
  static override strict = false;
  static override args = RUN_ARGS;
  static override flags = RUN_FLAGS;

  async run(): Promise<void> {
    const { flags, args, argv } = await this.parse(RunSandbox);
    const command = (argv as string[]).slice(1);
    const options = { ...flags, target: args.target, kind: 'sandbox' as const, command };
    process.exitCode = await runTarget(this.context(flags), options);
  }
}
