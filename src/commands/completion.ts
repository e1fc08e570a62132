import { Args } from '@oclif/core';
import { BaseCommand } from '../lib/cli/base-command.js';
import { completionScript, SHELLS } from '../lib/cli/completion/completion-script.js';

/** `mono completion SHELL` */
export default class Completion extends BaseCommand {
  static override summary = 'Print the script that completes command lines in a shell';
  static override description =
    'Commands, flags, and the names of images and sandboxes are completed; the head of the script says where it goes.';

  static override examples = [
    'source <(<%= config.bin %> <%= command.id %> bash)',
    '<%= config.bin %> <%= command.id %> fish >~/.config/fish/completions/mono.fish',
  ];

  static override enableJsonFlag = false;
  static override args = {
    shell: Args.option({
      name: 'SHELL',
      description: 'shell that runs the script',
      options: SHELLS,
      ignoreStdin: true,
    })({ required: true }),
  };

  async run(): Promise<void> {
    const { args } = await this.parse(Completion);
    process.stdout.write(completionScript(args.shell));
  }
}
