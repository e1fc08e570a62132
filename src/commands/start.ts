import { Flags } from '@oclif/core';
import { BaseCommand } from '../lib/cli/base-command.js';
import { vmmFlag } from '../lib/cli/run/vmm-flag.js';
import { changeSandboxes, type ChangedSandboxes } from '../lib/cli/sandbox/change-sandboxes.js';
import { restartSandbox } from '../lib/cli/sandbox/restart-sandbox.js';
import { SANDBOX_ARGS } from '../lib/cli/sandbox/sandbox-args.js';

/** `mono start SANDBOX…` */
export default class Start extends BaseCommand {
  static override summary = 'Start sandboxes that have stopped';
  static override examples = [
    '<%= config.bin %> <%= command.id %> web',
    '<%= config.bin %> <%= command.id %> --attach shell',
  ];

  static override strict = false;
  static override args = SANDBOX_ARGS;
  static override flags = {
    attach: Flags.boolean({
      char: 'a',
      default: false,
      summary: 'stay with the command, and return its exit code',
      env: 'MONO_ATTACH',
    }),
    vmm: vmmFlag('what ran it before'),
  };

  async run(): Promise<ChangedSandboxes> {
    const { flags, argv } = await this.parse(Start);
    const context = this.context(flags);
    return changeSandboxes(context, argv as string[], async (sandbox) => {
      const options = { isDetached: !flags.attach, vmm: flags.vmm };
      process.exitCode = await restartSandbox(context, sandbox, options);
    });
  }
}
