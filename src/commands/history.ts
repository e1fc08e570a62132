import { Args } from '@oclif/core';
import { BaseCommand } from '../lib/cli/base-command.js';
import { printHistory } from '../lib/cli/print/print-history.js';
import { globalFlag } from '../lib/cli/shared-flags.js';
import { listHistory, type ProjectHistory } from '../lib/project/history/list-history.js';

/** `mono history [NAME]` */
export default class History extends BaseCommand {
  static override summary = 'Show how the images of the project changed';
  static override description =
    'Newest first: what was installed, upgraded, rolled back, removed, or found changed in mono.lock, on this machine. STORED says whether going back there needs no network.';

  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> node',
  ];

  static override args = {
    name: Args.string({
      name: 'NAME',
      description: 'name of an image, also of a removed one',
      ignoreStdin: true,
    }),
  };

  static override flags = {
    global: globalFlag('look at your own images instead of those of a project'),
  };

  async run(): Promise<ProjectHistory> {
    const { flags, args } = await this.parse(History);
    const context = this.context(flags);
    const directory = await context.projectDirectory(flags);
    const changes = await context.withHistory((history) => history.list(directory));
    const history = await listHistory(directory, changes, {
      name: args.name,
      isInstalled: async (manifest) => (await context.builtRoot(manifest)) !== undefined,
    });
    printHistory(context.output, history);
    return history;
  }
}
