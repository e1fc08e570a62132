import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../lib/cli/base-command.js';
import { COMPARE_ARGS, COMPARE_FLAGS, TREE_HELP } from '../lib/cli/compare-flags.js';
import { printDifferences, printDifferenceSum } from '../lib/cli/print/print-comparison.js';
import { treesToCompare } from '../lib/cli/sandbox/changed-sandbox.js';
import { compareTrees } from '../lib/project/compare/compare-trees.js';
import {
  comparisonDocument,
  type ComparisonDocument,
} from '../lib/project/compare/comparison-document.js';

/** `mono diff A B`, `mono diff SANDBOX` */
export default class Diff extends BaseCommand {
  static override summary =
    'Show what differs between two images or versions, or what a sandbox has changed';
  static override description = `${TREE_HELP} Either may be a sandbox too, as it is now; a sandbox alone is compared with what it was started from. A is added, D deleted, M modified, R renamed.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> node node-next',
    '<%= config.bin %> <%= command.id %> node node-next --stat',
    '<%= config.bin %> <%= command.id %> my-sandbox',
  ];

  static override args = {
    a: COMPARE_ARGS.a,
    b: Args.string({ name: 'B', description: 'another tree', ignoreStdin: true }),
  };
  static override flags = {
    ...COMPARE_FLAGS,
    stat: Flags.boolean({
      default: false,
      summary: 'say how much differs, not what',
      env: 'MONO_STAT',
    }),
  };

  async run(): Promise<ComparisonDocument> {
    const { flags, args } = await this.parse(Diff);
    const context = this.context(flags);
    const { before, after } = await treesToCompare(context, { ...args, platform: flags.platform });
    const { store } = await context.openedImages();
    const comparison = await compareTrees(store, before, after);
    if (flags.stat) printDifferenceSum(context.output, comparison.sum);
    else printDifferences(context.output, comparison.differences);
    return comparisonDocument(comparison);
  }
}
