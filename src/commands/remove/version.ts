import { Args } from '@oclif/core';
import { BaseCommand } from '../../lib/cli/base-command.js';
import {
  releaseVersions,
  type ReleasedVersions,
} from '../../lib/project/compare/release-versions.js';

/** `mono remove version NAME…` */
export default class RemoveVersion extends BaseCommand {
  static override summary = 'Keep versions no longer: `mono gc` may delete them';
  static override examples = ['<%= config.bin %> <%= command.id %> merged'];
  static override strict = false;
  static override args = {
    name: Args.string({
      name: 'NAME',
      description: 'names of versions, or CIDs of those without',
      required: true,
      ignoreStdin: true,
    }),
  };

  async run(): Promise<ReleasedVersions> {
    const { flags, argv } = await this.parse(RemoveVersion);
    const context = this.context(flags);
    const released = await context.withVersions((kept) => releaseVersions(kept, argv as string[]));
    const { red, bold } = context.output.style;
    for (const name of released.versions) context.output.talk(`${red('-')} ${bold(name)}`);
    return released;
  }
}
