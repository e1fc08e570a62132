import { BaseCommand } from '../../lib/cli/base-command.js';
import { RUN_ARGS, RUN_FLAGS } from '../../lib/cli/run/run-flags.js';
import { runTarget } from '../../lib/cli/run/run-target.js';

/** `mono run TARGET [COMMAND…]` */
export default class Run extends BaseCommand {
  static override summary = 'Run a sandbox or an image in a microVM';
  static override description = `TARGET is a sandbox of mono.yaml, an image of mono.yaml, a version that mono commit or mono merge has made, or a requirement; what is not installed is installed first. What follows TARGET is the command and its arguments, with or without \`--\` before it.

The exit code is that of the command; failures of mono itself give 125, a command that cannot be executed 126, one that does not exist 127.`;

  static override examples = [
    '<%= config.bin %> <%= command.id %> web',
    '<%= config.bin %> <%= command.id %> alpine:3.20 -- sh -c "exit 7"',
    '<%= config.bin %> <%= command.id %> -e DEBUG=1 -w /srv node@^22 node app.js',
  ];

  static override enableJsonFlag = false;
  static override strict = false;
  static override args = RUN_ARGS;
  static override flags = RUN_FLAGS;

  async run(): Promise<void> {
    const { flags, args, argv } = await this.parse(Run);
    const command = (argv as string[]).slice(1);
    const options = { ...flags, target: args.target, kind: 'any' as const, command };
    process.exitCode = await runTarget(this.context(flags), options);
  }
}
