import { Args } from '@oclif/core';
import { BaseCommand } from '../lib/cli/base-command.js';
import { SANDBOX_ARG } from '../lib/cli/sandbox/sandbox-args.js';
import { PROCESS_FLAGS } from '../lib/cli/run/process-flags.js';
import { execByFlags } from '../lib/cli/sandbox/exec-by-flags.js';

/** `mono exec SANDBOX COMMAND…` */
export default class Exec extends BaseCommand {
  static override summary = 'Run a command in a sandbox that runs';
  static override description = `Variables, directory and user are those of the sandbox's own command unless flags say otherwise. The exit code is that of the command; failures of mono itself give 125, a command that cannot be executed 126, one that does not exist 127.`;

  static override examples = [
    '<%= config.bin %> <%= command.id %> web ls -l /srv',
    '<%= config.bin %> <%= command.id %> -u 1000 -e DEBUG=1 web node repl.js',
  ];

  static override enableJsonFlag = false;
  static override strict = false;
  static override args = {
    ...SANDBOX_ARG,
    command: Args.string({
      name: 'COMMAND',
      description: 'what to run, with its arguments',
      required: true,
      ignoreStdin: true,
    }),
  };

  static override flags = PROCESS_FLAGS;

  async run(): Promise<void> {
    const { flags, args, argv } = await this.parse(Exec);
    const command = (argv as string[]).slice(1);
    process.exitCode = await execByFlags(this.context(flags), args.sandbox, { ...flags, command });
  }
}
