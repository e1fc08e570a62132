import { BaseCommand } from '../../lib/cli/base-command.js';
import { listVolumesCommand, type VolumeListing } from '../../lib/cli/sandbox/volume-commands.js';

/** `mono volume ls` */
export default class VolumeLs extends BaseCommand {
  static override summary = 'List named volumes';
  static override description =
    'A volume is made when a sandbox first names it (`-v NAME:/PATH`) and stays until it is removed.';

  static override examples = ['<%= config.bin %> <%= command.id %>'];

  async run(): Promise<VolumeListing> {
    const { flags } = await this.parse(VolumeLs);
    return listVolumesCommand(this.context(flags));
  }
}
