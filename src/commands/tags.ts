import { Args } from '@oclif/core';
import { BaseCommand } from '../lib/cli/base-command.js';
import { listTags, type TagListing } from '../lib/project/inspect/list-tags.js';
import { parseRequirement } from '../lib/project/requirement/requirement.js';

/** `mono tags REQUIREMENT [RANGE]` */
export default class Tags extends BaseCommand {
  static override summary = 'List the tags of a repository, newest version first';
  static override description =
    'With a range (node@^22-alpine, or node ^22-alpine): only the tags that lie in it.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> node',
    '<%= config.bin %> <%= command.id %> node@^22-alpine',
  ];

  static override args = {
    requirement: Args.string({
      name: 'REQUIREMENT',
      description: 'a repository, with or without a range',
      required: true,
      ignoreStdin: true,
    }),
    range: Args.string({
      name: 'RANGE',
      description: 'the range, if it does not follow the repository after an @',
      ignoreStdin: true,
    }),
  };

  async run(): Promise<TagListing> {
    const { flags, args } = await this.parse(Tags);
    const context = this.context(flags);
    const { requirement: repository, range } = args;
    const text = range === undefined ? repository : `${repository}@${range}`;
    const requirement = parseRequirement(text);
    const listing = await listTags(requirement, await context.resolver());
    for (const { tag } of listing.tags) context.output.data(tag);
    if (listing.tags.length === 0) context.output.talk(`No tag of ${listing.repository} matches`);
    return listing;
  }
}
