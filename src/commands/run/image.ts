import { BaseCommand } from '../../lib/cli/base-command.js';
import { RUN_ARGS, RUN_FLAGS } from '../../lib/cli/run/run-flags.js';
import { runTarget } from '../../lib/cli/run/run-target.js';

/** `mono run image TARGET [COMMAND…]` */
export default class RunImage extends BaseCommand {
  static override summary = 'Run an image in a microVM';
  static override description = 'The long form of `mono run`; see there.';
  static override examples = ['<%= config.bin %> <%= command.id %> alpine:3.20 -- sh'];
  static override enableJsonFlag = false;
  static override strict = false;
  static override args = RUN_ARGS;
  static override flags = RUN_FLAGS;

  async run(): Promise<void> {
    const { flags, args, argv } = await this.parse(RunImage);
    const command = (argv as string[]).slice(1);
    const options = { ...flags, target: args.target, kind: 'image' as const, command };
    process.exitCode = await runTarget(this.context(flags), options);
  }
}
