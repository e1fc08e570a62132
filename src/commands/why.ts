import { Args } from '@oclif/core';
import { BaseCommand } from '../lib/cli/base-command.js';
import { knownImages } from '../lib/cli/compose/inspect-services.js';
import { printExplanation } from '../lib/cli/print/print-explanation.js';
import { explain, type Explanation } from '../lib/project/inspect/why.js';

/** `mono why SUBJECT` */
export default class Why extends BaseCommand {
  static override summary = 'Show which projects need an image, a layer, a file or a block';
  static override description =
    'SUBJECT is the name of an image, a digest (index, manifest, configuration, layer), a diffID, the CID of a root, an absolute path in an image, or the CID of a file or of a piece of one. All projects of this user on this machine are looked at.';

  static override examples = [
    '<%= config.bin %> <%= command.id %> node',
    '<%= config.bin %> <%= command.id %> /etc/passwd',
  ];

  static override args = {
    subject: Args.string({
      name: 'SUBJECT',
      description: 'name, digest, CID or path',
      required: true,
      ignoreStdin: true,
    }),
  };

  async run(): Promise<Explanation> {
    const { flags, args } = await this.parse(Why);
    const context = this.context(flags);
    const { projects, images } = await knownImages(context);
    const { store, catalog } = await context.openedImages();
    const explanation = await explain(args.subject, {
      directories: projects,
      images,
      store,
      catalog,
    });
    printExplanation(context.output, explanation);
    return explanation;
  }
}
