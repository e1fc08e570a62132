import { Args } from '@oclif/core';
import { BaseCommand } from '../lib/cli/base-command.js';
import { printStatistics } from '../lib/cli/print/print-statistics.js';
import { statsCommand, type SandboxStatistics } from '../lib/cli/sandbox/stats-command.js';

/** `mono stats [SANDBOX…]` */
export default class Stats extends BaseCommand {
  static override summary = 'Show what sandboxes use of processors, memory and network';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> web --json',
  ];

  static override strict = false;
  static override args = {
    sandbox: Args.string({
      name: 'SANDBOX',
      description: 'names or ids; all that run when left out',
      ignoreStdin: true,
    }),
  };

  async run(): Promise<{ readonly sandboxes: readonly SandboxStatistics[] }> {
    const { flags, argv } = await this.parse(Stats);
    const context = this.context(flags);
    const statistics = await statsCommand(context, argv as string[]);
    printStatistics(context.output, statistics.sandboxes);
    return statistics;
  }
}
