import { Args } from '@oclif/core';
import { BaseCommand } from '../../lib/cli/base-command.js';
import { removeVolumes } from '../../lib/vm/volumes/remove-volumes.js';

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

  async run(): Promise<{ readonly removed: readonly string[] }> {
    const { flags, argv } = await this.parse(VolumeRm);
    const context = this.context(flags);
    const names = argv as string[];
    const [volumes, sandboxes] = [await context.volumes(), await context.sandboxes()];
    await removeVolumes(volumes, { names, sandboxes: await sandboxes.list() });
    const { red, bold } = context.output.style;
    for (const name of names) context.output.talk(`${red('-')} ${bold(name)}`);
    return { removed: names };
  }
}
