import { BaseCommand } from '../lib/cli/base-command.js';
import { printNews } from '../lib/cli/print/print-news.js';
import { globalFlag } from '../lib/cli/shared-flags.js';
import { findNews, type ImageNews } from '../lib/project/install/outdated.js';

/** `mono outdated` */
export default class Outdated extends BaseCommand {
  static override summary = 'Show which images have newer versions, or tags that moved';
  static override description =
    'Asks the registries and changes nothing. The exit code is 1 when there is something to upgrade.';

  static override examples = ['<%= config.bin %> <%= command.id %>'];
  static override flags = {
    global: globalFlag('look at your own images instead of those of a project'),
  };

  async run(): Promise<{ readonly images: readonly ImageNews[] }> {
    const { flags } = await this.parse(Outdated);
    const context = this.context(flags);
    const directory = await context.projectDirectory(flags);
    const images = await findNews(directory, {
      resolver: (policy) => context.resolver(undefined, policy),
      signal: context.signal,
    });
    printNews(context.output, images);
    if (images.some(({ state }) => state !== 'current')) process.exitCode = 1;
    return { images };
  }
}
