import { BaseCommand } from '../../lib/cli/base-command.js';
import { REMOVE_ARGS, REMOVE_FLAGS, runRemove } from '../../lib/cli/install/remove-command.js';
import type { RemoveResult } from '../../lib/project/install/remove.js';

/** `mono remove NAME…` */
export default class Remove extends BaseCommand {
  static override summary = 'Take images or sandboxes out of mono.yaml and mono.lock';
  static override description =
    'What they occupy in the store stays until `mono gc`, so that installing again costs nothing.';

  static override examples = ['<%= config.bin %> <%= command.id %> redis'];
  static override strict = false;
  static override args = REMOVE_ARGS;
  static override flags = REMOVE_FLAGS;

  async run(): Promise<RemoveResult> {
    const { flags, argv } = await this.parse(Remove);
    return runRemove(this.context(flags), { ...flags, names: argv as string[] });
  }
}
