import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../lib/cli/base-command.js';
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
    sandbox: Args.string({
      name: 'SANDBOX',
      description: 'name, id or beginning of an id',
      required: true,
      ignoreStdin: true,
    }),
    command: Args.string({
      name: 'COMMAND',
      description: 'what to run, with its arguments',
      required: true,
      ignoreStdin: true,
    }),
  };

  static override flags = {
    interactive: Flags.boolean({
      char: 'i',
      summary: 'pass stdin on to the command (default)',
      default: true,
      allowNo: true,
      env: 'MONO_INTERACTIVE',
    }),
    tty: Flags.boolean({
      char: 't',
      summary: 'give the command a terminal (default if stdin and stdout are terminals)',
      allowNo: true,
      env: 'MONO_TTY',
    }),
    env: Flags.string({
      char: 'e',
      summary: 'set a variable; without =VALUE it is passed on',
      helpValue: 'NAME[=VALUE]',
      multiple: true,
      multipleNonGreedy: true,
      env: 'MONO_ENV',
    }),
    workdir: Flags.string({
      char: 'w',
      summary: 'directory to start in',
      helpValue: 'PATH',
      env: 'MONO_WORKDIR',
    }),
    user: Flags.string({
      char: 'u',
      summary: 'user and group to run as',
      helpValue: 'USER[:GROUP]',
      env: 'MONO_USER',
    }),
  };

  async run(): Promise<void> {
    const { flags, args, argv } = await this.parse(Exec);
    const command = (argv as string[]).slice(1);
    process.exitCode = await execByFlags(this.context(flags), args.sandbox, { ...flags, command });
  }
}
