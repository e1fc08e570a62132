import { Args } from '@oclif/core';
import { BaseCommand } from '../lib/cli/base-command.js';
import { inspectServices } from '../lib/cli/compose/inspect-services.js';
import { printInspection } from '../lib/cli/print/print-inspection.js';
import { globalFlag, platformFlag } from '../lib/cli/shared-flags.js';
import { inspectImage, type ImageInspection } from '../lib/project/inspect/inspect.js';

/** `mono inspect NAME` */
export default class Inspect extends BaseCommand {
  static override summary = 'Show what is known of an image of the project';
  static override examples = [
    '<%= config.bin %> <%= command.id %> node',
    '<%= config.bin %> <%= command.id %> node --json',
  ];

  static override args = {
    name: Args.string({
      name: 'NAME',
      description: 'name in mono.yaml',
      required: true,
      ignoreStdin: true,
    }),
  };

  static override flags = {
    global: globalFlag('look at your own images instead of those of a project'),
    platform: platformFlag('platform to show'),
  };

  async run(): Promise<ImageInspection> {
    const { flags, args } = await this.parse(Inspect);
    const context = this.context(flags);
    const directory = await context.projectDirectory(flags);
    const services = inspectServices(context, flags.platform);
    const inspection = await inspectImage(directory, args.name, services);
    printInspection(context.output, inspection);
    return inspection;
  }
}
