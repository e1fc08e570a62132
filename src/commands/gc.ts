import { Flags } from '@oclif/core';
import { BaseCommand } from '../lib/cli/base-command.js';
import { gcServices } from '../lib/cli/compose/gc-services.js';
import { durationOfFlag } from '../lib/cli/duration-flag.js';
import { printCollection } from '../lib/cli/print/print-collection.js';
import { dryRunFlag } from '../lib/cli/shared-flags.js';
import { collectGarbage, type GcReport } from '../lib/project/gc/collect-garbage.js';

/** `mono gc` */
export default class Gc extends BaseCommand {
  static override summary = 'Delete what nothing on this machine needs';
  static override description = `Keeps all that the lockfiles of the projects name in which this user has ever installed something, what machines run from, the version before the present one of each image, and the versions that \`mono merge\` made with all that they came from.

What an install that was interrupted has fetched stays for a day; with --grace, what was pulled or run within that time stays too. With --dry-run nothing is deleted, and the sizes are exact. While another command fetches or writes, a collection waits for it, for five minutes at most.`;

  static override examples = [
    '<%= config.bin %> <%= command.id %> --dry-run',
    '<%= config.bin %> <%= command.id %> --keep 0 --grace 24h',
  ];

  static override flags = {
    'dry-run': dryRunFlag('say what would be deleted'),
    keep: Flags.integer({
      default: 1,
      min: 0,
      summary: 'earlier versions of each image to keep for `mono rollback`',
      helpValue: 'N',
      env: 'MONO_KEEP',
    }),
    grace: Flags.string({
      summary: 'keep what was pulled or run within this time (30m, 24h, 7d; 0: keep nothing)',
      helpValue: 'TIME',
      env: 'MONO_GRACE',
    }),
  };

  async run(): Promise<GcReport> {
    const { flags } = await this.parse(Gc);
    const context = this.context(flags);
    const report = await collectGarbage(await gcServices(context), {
      dryRun: flags['dry-run'],
      keepVersions: flags.keep,
      graceMs: durationOfFlag('--grace', flags.grace),
    });
    printCollection(context.output, report);
    return report;
  }
}
