import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../lib/cli/base-command.js';
import { execByFlags } from '../lib/cli/sandbox/exec-by-flags.js';

/** Bash where the image has it. */
const SHELL = ['sh', '-c', 'command -v bash >/dev/null 2>&1 && exec bash; exec sh'];

/** `mono shell SANDBOX` */
export default class Shell extends BaseCommand {
  static override summary = 'Open a shell in a sandbox that runs';
  static override examples = ['<%= config.bin %> <%= command.id %> web'];
  static override enableJsonFlag = false;
  static override args = {
    sandbox: Args.string({
      name: 'SANDBOX',
      description: 'name, id or beginning of an id',
      required: true,
      ignoreStdin: true,
    }),
  };

  static override flags = {
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
    const { flags, args } = await this.parse(Shell);
    const request = { ...flags, command: SHELL, interactive: true };
    process.exitCode = await execByFlags(this.context(flags), args.sandbox, request);
  }
}
