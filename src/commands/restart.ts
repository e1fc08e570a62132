import { BaseCommand } from '../lib/cli/base-command.js';
import { vmmFlag } from '../lib/cli/run/vmm-flag.js';
import { changeSandboxes, type ChangedSandboxes } from '../lib/cli/sandbox/change-sandboxes.js';
import { restartSandbox } from '../lib/cli/sandbox/restart-sandbox.js';
import { SANDBOX_ARGS } from '../lib/cli/sandbox/sandbox-args.js';
import { STOP_FLAGS, stopByFlags } from '../lib/cli/sandbox/stop-flags.js';

/** `mono restart SANDBOX…` */
export default class Restart extends BaseCommand {
  static override summary = 'Stop sandboxes that run, and start them';
  static override examples = ['<%= config.bin %> <%= command.id %> web'];
  static override strict = false;
  static override args = SANDBOX_ARGS;
  static override flags = { ...STOP_FLAGS, vmm: vmmFlag('what ran it before') };

  async run(): Promise<ChangedSandboxes> {
    const { flags, argv } = await this.parse(Restart);
    const context = this.context(flags);
    return changeSandboxes(context, argv as string[], async (sandbox, sandboxes) => {
      if (sandbox.status !== 'stopped') await stopByFlags(sandbox, sandboxes, flags);
      await restartSandbox(context, sandbox, { isDetached: true, vmm: flags.vmm });
    });
  }
}
