import { Flags } from '@oclif/core';
import { BaseCommand } from '../lib/cli/base-command.js';
import { SANDBOX_ARG } from '../lib/cli/sandbox/sandbox-args.js';
import { logsCommand } from '../lib/cli/sandbox/logs-command.js';

/** `mono logs SANDBOX` */
export default class Logs extends BaseCommand {
  static override summary = 'Show what the command of a sandbox has written';
  static override examples = [
    '<%= config.bin %> <%= command.id %> web',
    '<%= config.bin %> <%= command.id %> -f --since 10m --tail 100 web',
  ];

  static override enableJsonFlag = false;
  static override args = SANDBOX_ARG;

  static override flags = {
    follow: Flags.boolean({
      char: 'f',
      default: false,
      summary: 'go on with what it writes',
      env: 'MONO_FOLLOW',
    }),
    since: Flags.string({
      summary: 'leave out what is older than this time (10m), or than a date',
      helpValue: 'TIME',
      env: 'MONO_SINCE',
    }),
    tail: Flags.integer({
      char: 'n',
      min: 0,
      summary: 'show only the last lines',
      helpValue: 'LINES',
      env: 'MONO_TAIL',
    }),
    timestamps: Flags.boolean({
      default: false,
      summary: 'put the time before each line',
      env: 'MONO_TIMESTAMPS',
    }),
  };

  async run(): Promise<void> {
    const { flags, args } = await this.parse(Logs);
    await logsCommand(this.context(flags), args.sandbox, flags);
  }
}
