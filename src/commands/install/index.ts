import { Args } from '@oclif/core';
import { BaseCommand } from '../../lib/cli/base-command.js';
import { runInstall } from '../../lib/cli/install/install-command.js';
import { INSTALL_FLAGS } from '../../lib/cli/install/install-flags.js';
import type { InstallReport } from '../../lib/project/install/install-report.js';

/** `mono install [REQUIREMENT…]` */
export default class Install extends BaseCommand {
  static override summary = 'Install what mono.yaml names, or add images to it';
  static override description = `Without REQUIREMENT: installs what mono.lock says; what it does not say yet is resolved and locked.
With REQUIREMENT: adds it to mono.yaml, or replaces the one of the same repository.

A requirement is a reference (node:22.4.0, ghcr.io/owner/name, node@sha256:…) or a repository, @ and a range of versions (node@^22, node@~22.4, node@^22-alpine).`;

  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> node@^22 redis:7.4.1',
    '<%= config.bin %> <%= command.id %> --frozen-lockfile',
  ];

  static override strict = false;
  static override args = {
    requirement: Args.string({
      ignoreStdin: true,
      name: 'REQUIREMENT',
      description: 'images to add',
    }),
  };

  static override flags = INSTALL_FLAGS;

  async run(): Promise<InstallReport> {
    const { flags, argv } = await this.parse(Install);
    return runInstall(this.context(flags), { ...flags, requirements: argv as string[] });
  }
}
