import { BaseCommand } from '../lib/cli/base-command.js';
import { printListing } from '../lib/cli/print/print-listing.js';
import { globalFlag } from '../lib/cli/shared-flags.js';
import { list, type ProjectListing } from '../lib/project/inspect/list.js';

/** `mono list` */
export default class List extends BaseCommand {
  static override summary = 'List the images and sandboxes of the project, and your versions';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --json',
  ];

  static override aliases = ['ls'];
  static override flags = {
    global: globalFlag('list your own images instead of those of a project'),
  };

  async run(): Promise<ProjectListing> {
    const { flags } = await this.parse(List);
    const context = this.context(flags);
    const directory = await context.projectDirectory(flags);
    const listing = await list(directory, {
      platform: context.platform(),
      builtRoot: (manifest) => context.builtRoot(manifest),
      versions: await context.withVersions((kept) => kept.list()),
    });
    printListing(context.output, listing);
    return listing;
  }
}
