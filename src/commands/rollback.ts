import { Args } from '@oclif/core';
import { BaseCommand } from '../lib/cli/base-command.js';
import { reportInstall } from '../lib/cli/install/install-command.js';
import { INSTALL_FLAGS } from '../lib/cli/install/install-flags.js';
import { rollback } from '../lib/project/history/rollback.js';
import type { InstallReport } from '../lib/project/install/install-report.js';

/** `mono rollback NAME [VERSION]` */
export default class Rollback extends BaseCommand {
  static override summary = 'Bring an image back to an earlier version';
  static override description =
    'Without VERSION: to the one before, so that a second rollback undoes the first. mono.lock, and mono.yaml where the requirement had changed, get the bytes that they had. No network is needed while the store still has the version; `mono history` tells.';

  static override examples = [
    '<%= config.bin %> <%= command.id %> node',
    '<%= config.bin %> <%= command.id %> node 22.3.0',
    '<%= config.bin %> <%= command.id %> node "#4"',
  ];

  static override args = {
    name: Args.string({
      name: 'NAME',
      description: 'name of an image, also of a removed one',
      required: true,
      ignoreStdin: true,
    }),
    version: Args.string({
      name: 'VERSION',
      description: 'version, digest, or `#` and the number of a change',
      ignoreStdin: true,
    }),
  };

  static override flags = {
    global: INSTALL_FLAGS.global,
    platform: INSTALL_FLAGS.platform,
    offline: INSTALL_FLAGS.offline,
    'dry-run': INSTALL_FLAGS['dry-run'],
  };

  async run(): Promise<InstallReport> {
    const { flags, args } = await this.parse(Rollback);
    const context = this.context(flags);
    const request = {
      directory: await context.projectDirectory(flags),
      ...args,
      platform: context.platform(flags.platform),
      offline: flags.offline,
      dryRun: flags['dry-run'],
    };
    return reportInstall(context, request.platform, (services) =>
      rollback(request, {
        ...services,
        changes: (directory) => context.withHistory((history) => history.list(directory)),
      }),
    );
  }
}
