import { Args } from '@oclif/core';
import { BaseCommand } from '../lib/cli/base-command.js';
import { parseRegistry } from '../lib/registry/auth/log-in.js';

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

  async run(): Promise<{ registry: string; removed: boolean; remainsIn: string | null }> {
    const { flags, args } = await this.parse(Logout);
    const context = this.context(flags);
    const { output } = context;
    const registry = parseRegistry(args.registry);
    const { file, source } = await context.accounts();
    const removed = await file.erase(registry);
    const { found, lookedIn } = await source(registry);
    const remainsIn = (found && lookedIn.at(-1)) ?? null;
    output.talk(removed ? `Logged out of ${registry}` : `No account of ${registry} was kept`);
    if (remainsIn !== null) output.warn(`${remainsIn} still has credentials for ${registry}`);
    return { registry, removed, remainsIn };
  }
}
