import { Args } from '@oclif/core';
import { BaseCommand } from '../../lib/cli/base-command.js';
import {
  removeVolumesCommand,
  type RemovedVolumes,
} from '../../lib/cli/sandbox/volume-commands.js';

/** `mono volume rm NAME…` */
export default class VolumeRm extends BaseCommand {
  static override summary = 'Delete named volumes with everything in them';
  static override examples = ['<%= config.bin %> <%= command.id %> data'];
  static override strict = false;
  static override args = {
    name: Args.string({
      name: 'NAME',
      description: 'names of volumes',
      required: true,
      ignoreStdin: true,
    }),
  };

  async run(): Promise<RemovedVolumes> {
    const { flags, argv } = await this.parse(VolumeRm);
    return removeVolumesCommand(this.context(flags), argv as string[]);
  }
}
