import { Args } from '@oclif/core';
import { BaseCommand } from '../../lib/cli/base-command.js';
import { runInstall } from '../../lib/cli/install/install-command.js';
import { INSTALL_FLAGS } from '../../lib/cli/install/install-flags.js';
import type { InstallReport } from '../../lib/project/install/install-report.js';

/** `mono install image REQUIREMENT…` */
export default class InstallImage extends BaseCommand {
  static override summary = 'Add images to mono.yaml and install them';
  static override description =
    'The long form of `mono install REQUIREMENT…`; see there for what a requirement is.';

  static override examples = ['<%= config.bin %> <%= command.id %> node@^22'];

  static override strict = false;
  static override args = {
    requirement: Args.string({
      ignoreStdin: true,
      name: 'REQUIREMENT',
      description: 'images to add',
      required: true,
    }),
  };

  static override flags = INSTALL_FLAGS;

  async run(): Promise<InstallReport> {
    const { flags, argv } = await this.parse(InstallImage);
    return runInstall(this.context(flags), { ...flags, requirements: argv as string[] });
  }
}
