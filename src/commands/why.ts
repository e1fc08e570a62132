import { Args } from '@oclif/core';
import { BaseCommand } from '../lib/cli/base-command.js';
import { knownImages } from '../lib/cli/compose/inspect-services.js';
import { explain, type Explanation } from '../lib/project/inspect/why.js';

/** `mono why SUBJECT` */
export default class Why extends BaseCommand {
  static override summary = 'Show which projects need an image, a layer or a root';
  static override description =
    'SUBJECT is the name of an image, a digest (index, manifest, configuration, layer), a diffID, or the CID of a root. All projects of this user on this machine are looked at.';

  static override examples = ['<%= config.bin %> <%= command.id %> node'];
  static override args = {
    subject: Args.string({
      name: 'SUBJECT',
      description: 'name, digest or CID',
      required: true,
      ignoreStdin: true,
    }),
  };

  async run(): Promise<Explanation> {
    const { flags, args } = await this.parse(Why);
    const context = this.context(flags);
    const { projects, images } = await knownImages(context);
    const explanation = await explain(args.subject, projects, images);
    for (const { role, image, platform, requirement, directory } of explanation.reasons) {
      context.output.data(`${role} of ${image} (${platform}), ${requirement}, in ${directory}`);
    }
    return explanation;
  }
}
