import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../lib/cli/base-command.js';
import { chooseUpgrades } from '../lib/cli/install/choose-upgrades.js';
import { reportInstall } from '../lib/cli/install/install-command.js';
import { INSTALL_FLAGS } from '../lib/cli/install/install-flags.js';
import type { InstallReport } from '../lib/project/install/install-report.js';
import { upgrade } from '../lib/project/install/upgrade.js';

/** `mono upgrade [NAME…]` */
export default class Upgrade extends BaseCommand {
  static override summary = 'Lock images anew: to the newest versions within their requirements';
  static override description =
    'Without NAME: all images of mono.yaml; on a terminal you choose among those that have something newer. A tag that names other bytes now is followed.';

  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> node --latest',
  ];

  static override strict = false;
  static override args = {
    name: Args.string({ name: 'NAME', description: 'names in mono.yaml', ignoreStdin: true }),
  };

  static override flags = {
    global: INSTALL_FLAGS.global,
    platform: INSTALL_FLAGS.platform,
    'allow-fresh': INSTALL_FLAGS['allow-fresh'],
    'dry-run': INSTALL_FLAGS['dry-run'],
    latest: Flags.boolean({
      default: false,
      summary: 'move the requirements in mono.yaml on to the newest version first',
      env: 'MONO_LATEST',
    }),
    yes: Flags.boolean({
      default: false,
      char: 'y',
      summary: 'upgrade everything without asking',
      env: 'MONO_YES',
    }),
  };

  async run(): Promise<InstallReport> {
    const { flags, argv } = await this.parse(Upgrade);
    const context = this.context(flags);
    const directory = await context.projectDirectory(flags);
    const names = argv as string[];
    const request = {
      directory,
      names: await chooseUpgrades(context, { ...flags, directory, names }),
      platform: context.platform(flags.platform),
      latest: flags.latest,
      offline: false,
      allowFresh: flags['allow-fresh'],
      dryRun: flags['dry-run'],
    };
    return reportInstall(context, request.platform, (services) => upgrade(request, services));
  }
}
