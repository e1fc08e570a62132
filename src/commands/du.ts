import { BaseCommand } from '../lib/cli/base-command.js';
import { usageServices } from '../lib/cli/compose/usage-services.js';
import { printUsage } from '../lib/cli/print/print-usage.js';
import { diskUsage, type DiskUsage } from '../lib/project/usage/disk-usage.js';

/** `mono du` */
export default class Du extends BaseCommand {
  static override summary = 'Show how much space images and versions take';
  static override description =
    'OWN is what removing the image alone and `mono gc` would free, SHARED what others need too, ROOTFS its bootable form in the cache, which can be written again.';

  static override examples = ['<%= config.bin %> <%= command.id %>'];

  async run(): Promise<DiskUsage> {
    const { flags } = await this.parse(Du);
    const context = this.context(flags);
    const usage = await diskUsage(await usageServices(context));
    printUsage(context.output, usage);
    return usage;
  }
}
