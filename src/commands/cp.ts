import { Args } from '@oclif/core';
import { BaseCommand } from '../lib/cli/base-command.js';
import { copyCommand } from '../lib/cli/sandbox/copy-command.js';

/** `mono cp FROM TO` */
export default class Cp extends BaseCommand {
  static override summary = 'Copy files out of a sandbox, or into one';
  static override description = `One of the paths is \`SANDBOX:PATH\`; a sandbox that has stopped takes part if it was run with \`--persist\`. What is copied into a directory keeps its name; otherwise it gets the name that TO gives. \`-\` stands for a tar archive on stdin or stdout. Modes and times are kept. Files belong to root in the sandbox, or to whom an archive says, and to you on the host, where nothing is written but at TO, whatever the sandbox sends.`;

  static override examples = [
    '<%= config.bin %> <%= command.id %> web:/var/log/app.log .',
    '<%= config.bin %> <%= command.id %> site web:/srv',
  ];

  static override enableJsonFlag = false;
  static override args = {
    from: Args.string({
      name: 'FROM',
      description: 'what is copied',
      required: true,
      ignoreStdin: true,
    }),
    to: Args.string({
      name: 'TO',
      description: 'where it goes',
      required: true,
      ignoreStdin: true,
    }),
  };

  async run(): Promise<void> {
    const { flags, args } = await this.parse(Cp);
    await copyCommand(this.context(flags), args.from, args.to);
  }
}
