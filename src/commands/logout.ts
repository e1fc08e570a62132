import { Args } from '@oclif/core';
import { BaseCommand } from '../lib/cli/base-command.js';
import { runLogout, type LogOutResult } from '../lib/cli/accounts/logout-command.js';

/** `mono logout [REGISTRY]` */
export default class Logout extends BaseCommand {
  static override summary = 'Forget the account of a registry';
  static override description =
    'Only what `mono login` has kept is forgotten. Other places with credentials are named, not touched.';

  static override examples = ['<%= config.bin %> <%= command.id %> ghcr.io'];
  static override args = {
    registry: Args.string({
      name: 'REGISTRY',
      description: 'host of the registry',
      default: 'docker.io',
      ignoreStdin: true,
    }),
  };

  async run(): Promise<LogOutResult> {
    const { flags, args } = await this.parse(Logout);
    return runLogout(this.context(flags), args.registry);
  }
}
