import { BaseCommand } from '../lib/cli/base-command.js';
import { initProject } from '../lib/project/project-file/project-directory.js';

/** `mono init` */
export default class Init extends BaseCommand {
  static override summary = 'Start a project in this directory';
  static override description = 'Writes a mono.yaml without images. An existing one is left alone.';
  static override examples = ['<%= config.bin %> <%= command.id %>'];

  async run(): Promise<{ readonly path: string }> {
    const { flags } = await this.parse(Init);
    const context = this.context(flags);
    const path = await initProject(context.directory);
    context.output.talk(`Wrote ${path}`);
    context.output.talk('Add an image with `mono install docker.io/library/node@^22`.');
    return { path };
  }
}
