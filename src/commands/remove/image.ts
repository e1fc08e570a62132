import { BaseCommand } from '../../lib/cli/base-command.js';
import { REMOVE_ARGS, REMOVE_FLAGS, runRemove } from '../../lib/cli/install/remove-command.js';
import type { RemoveResult } from '../../lib/project/install/remove.js';

/** `mono remove image NAME…` */
export default class RemoveImage extends BaseCommand {
  static override summary = 'Take images out of mono.yaml and mono.lock';
  static override examples = ['<%= config.bin %> <%= command.id %> redis'];
  static override strict = false;
  static override args = REMOVE_ARGS;
  static override flags = REMOVE_FLAGS;

  async run(): Promise<RemoveResult> {
    const { flags, argv } = await this.parse(RemoveImage);
    const names = argv as string[];
    return runRemove(this.context(flags), { ...flags, kind: 'image', names });
  }
}
