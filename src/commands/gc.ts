import { Flags } from '@oclif/core';
import { BaseCommand } from '../lib/cli/base-command.js';
import { gcServices } from '../lib/cli/compose/gc-services.js';
import { formatBytes } from '../lib/cli/terminal/format-bytes.js';
import { collectGarbage, type GcReport } from '../lib/project/gc.js';

/** `mono gc` */
export default class Gc extends BaseCommand {
  static override summary = 'Delete what no lockfile on this machine needs';
  static override description =
    'Keeps everything that the lockfiles of all projects name in which this user has ever installed something, and the versions that `mono merge` made with all that they came from.';

  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --dry-run',
  ];

  static override flags = {
    'dry-run': Flags.boolean({
      default: false,
      char: 'n',
      summary: 'say what would be deleted',
      env: 'MONO_DRY_RUN',
    }),
  };

  async run(): Promise<GcReport> {
    const { flags } = await this.parse(Gc);
    const context = this.context(flags);
    const services = await gcServices(context);
    const report = await collectGarbage(services, { dryRun: flags['dry-run'] });
    const bytes = formatBytes(report.reclaimedBytes + report.rootfsBytes);
    const images = `${report.removedImages.length} image${report.removedImages.length === 1 ? '' : 's'}`;
    const verb = report.dryRun ? 'Would remove' : 'Removed';
    context.output.talk(`${verb} ${images} and ${report.deletedBlocks} blocks, ${bytes}`);
    return report;
  }
}
