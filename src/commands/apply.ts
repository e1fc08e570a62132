import { resolve } from 'node:path';
import { Flags } from '@oclif/core';
import { BaseCommand } from '../lib/cli/base-command.js';
import { printApply } from '../lib/cli/print/print-apply.js';
import { changesOfSandbox } from '../lib/cli/sandbox/changed-sandbox.js';
import { SANDBOX_ARG } from '../lib/cli/sandbox/sandbox-args.js';
import { dryRunFlag } from '../lib/cli/shared-flags.js';
import { applyDocument, type ApplyDocument } from '../lib/project/changes/apply-document.js';
import { applySteps, checkSteps } from '../lib/project/changes/apply-steps.js';
import { planApply } from '../lib/project/changes/plan-apply.js';

/** `mono apply SANDBOX` */
export default class Apply extends BaseCommand {
  static override summary = 'Bring what a sandbox has changed into a directory of the host';
  static override description = `What the sandbox has changed below PATH since it was started is done in DIRECTORY too, deletions included. Owners, times and devices stay behind. Nothing is written outside of DIRECTORY, nor through a symbolic link in it. W is written, D deleted, O left out.`;

  static override examples = [
    '<%= config.bin %> <%= command.id %> work --path /app --to . --dry-run',
    '<%= config.bin %> <%= command.id %> work --path /app --to .',
  ];

  static override args = SANDBOX_ARG;
  static override flags = {
    path: Flags.string({
      summary: 'directory in the sandbox',
      helpValue: 'PATH',
      required: true,
      env: 'MONO_PATH',
    }),
    to: Flags.string({
      summary: 'directory of the host',
      helpValue: 'DIRECTORY',
      required: true,
      env: 'MONO_TO',
    }),
    'dry-run': dryRunFlag(),
  };

  async run(): Promise<ApplyDocument> {
    const { flags, args } = await this.parse(Apply);
    const context = this.context(flags);
    const changes = await changesOfSandbox(context, args.sandbox);
    const { store } = await context.openedImages();
    const steps = await planApply(store, changes, flags.path);
    const options = { directory: resolve(context.directory, flags.to), signal: context.signal };
    await (flags['dry-run'] ? checkSteps(steps, options) : applySteps(store, steps, options));
    printApply(context.output, steps);
    return applyDocument(steps, { ...options, isDone: !flags['dry-run'] });
  }
}
