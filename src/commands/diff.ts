import { Flags } from '@oclif/core';
import { BaseCommand } from '../lib/cli/base-command.js';
import { COMPARE_ARGS, COMPARE_FLAGS, TREE_HELP } from '../lib/cli/compare-flags.js';
import { treePlaces } from '../lib/cli/compose/tree-places.js';
import { printDifferences, printDifferenceSum } from '../lib/cli/print/print-comparison.js';
import { compareTrees } from '../lib/project/compare/compare-trees.js';
import {
  comparisonDocument,
  type ComparisonDocument,
} from '../lib/project/compare/comparison-document.js';
import { findTree } from '../lib/project/compare/find-tree.js';

/** `mono diff A B` */
export default class Diff extends BaseCommand {
  static override summary = 'Show what differs between two images or versions';
  static override description = `${TREE_HELP} A is added, D deleted, M modified, R renamed.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> node node-next',
    '<%= config.bin %> <%= command.id %> node node-next --stat',
  ];

  static override args = COMPARE_ARGS;
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
    const places = await treePlaces(context, flags.platform);
    const [before, after] = [await findTree(args.a, places), await findTree(args.b, places)];
    const comparison = await compareTrees(places.store, before, after);
    if (flags.stat) printDifferenceSum(context.output, comparison.sum);
    else printDifferences(context.output, comparison.differences);
    return comparisonDocument(comparison);
  }
}
