import { Flags } from '@oclif/core';
import { EXIT } from '../lib/error-codes.js';
import { BaseCommand } from '../lib/cli/base-command.js';
import { COMPARE_ARGS, COMPARE_FLAGS, TREE_HELP } from '../lib/cli/compare-flags.js';
import { mergeServices, treePlaces } from '../lib/cli/compose/tree-places.js';
import { VERSION_FLAGS } from '../lib/cli/version-flags.js';
import { printMerge } from '../lib/cli/print/print-merge.js';
import { mergeDocument, type MergeDocument } from '../lib/project/compare/comparison-document.js';
import { findTree } from '../lib/project/compare/find-tree.js';
import { mergeVersions } from '../lib/project/compare/merge-versions.js';

/** `mono merge A B` */
export default class Merge extends BaseCommand {
  static override summary = 'Merge what two images or versions changed since a third';
  static override description = `${TREE_HELP} The outcome is a version that came from both; collection keeps it until \`mono remove version\`. With conflicts nothing is kept and the exit code is 15.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> ours theirs --base node -t merged',
    '<%= config.bin %> <%= command.id %> ours theirs --text --json',
  ];

  static override args = COMPARE_ARGS;
  static override flags = {
    ...COMPARE_FLAGS,
    base: Flags.string({
      summary: 'what both came from (default: what the history of two versions says)',
      helpValue: 'C',
      env: 'MONO_BASE',
    }),
    text: Flags.boolean({
      default: false,
      summary: 'merge text files that both changed, line by line',
      env: 'MONO_TEXT',
    }),
    ...VERSION_FLAGS,
  };

  async run(): Promise<MergeDocument> {
    const { flags, args } = await this.parse(Merge);
    const context = this.context(flags);
    const services = await mergeServices(context);
    const places = await treePlaces(context, flags.platform);
    const merge = await mergeVersions(services, {
      ours: await findTree(args.a, places),
      theirs: await findTree(args.b, places),
      base: flags.base === undefined ? undefined : await findTree(flags.base, places),
      name: flags.name,
      takenNames: places.projects.flatMap(({ file }) => [...file.images.keys()]),
      message: flags.message,
      text: flags.text,
    });
    printMerge(context.output, merge);
    if (!merge.merged) process.exitCode = EXIT.conflict;
    return mergeDocument(merge);
  }
}
