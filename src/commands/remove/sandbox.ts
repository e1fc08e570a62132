import { BaseCommand } from '../../lib/cli/base-command.js';
import { REMOVE_ARGS, REMOVE_FLAGS, runRemove } from '../../lib/cli/install/remove-command.js';
import type { RemoveResult } from '../../lib/project/install/remove.js';

/** `mono remove sandbox NAME…` */
export default class RemoveSandbox extends BaseCommand {
  static override summary = 'Take sandboxes out of mono.yaml';
  static override examples = ['<%= config.bin %> <%= command.id %> web'];
  static override strict = false;
  static override args = REMOVE_ARGS;
  static override flags = REMOVE_FLAGS;

  async run(): Promise<RemoveResult> {
    const { flags, argv } = await this.parse(RemoveSandbox);
    const names = argv as string[];
    return runRemove(this.context(flags), { ...flags, kind: 'sandbox', names });
  }
}
