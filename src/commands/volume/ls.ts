import { BaseCommand } from '../../lib/cli/base-command.js';
import { printVolumes } from '../../lib/cli/print/print-volumes.js';
import { listVolumes, type VolumeListing } from '../../lib/vm/volumes/list-volumes.js';

/** `mono volume ls` */
export default class VolumeLs extends BaseCommand {
  static override summary = 'List named volumes';
  static override description =
    'A volume is made when a sandbox first names it (`-v NAME:/PATH`) and stays until it is removed.';

  static override examples = ['<%= config.bin %> <%= command.id %>'];

  async run(): Promise<VolumeListing> {
    const { flags } = await this.parse(VolumeLs);
    const context = this.context(flags);
    const [volumes, sandboxes] = [await context.volumes(), await context.sandboxes()];
    const listing = await listVolumes(volumes, await sandboxes.list());
    printVolumes(context.output, listing);
    return listing;
  }
}
