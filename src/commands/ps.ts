import { Flags } from '@oclif/core';
import { BaseCommand } from '../lib/cli/base-command.js';
import { printSandboxes } from '../lib/cli/print/print-sandboxes.js';
import { summaryOf, type SandboxSummary } from '../lib/cli/sandbox/sandbox-summary.js';

/** `mono ps` */
export default class Ps extends BaseCommand {
  static override summary = 'List the sandboxes that run';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> -a --json',
  ];

  static override flags = {
    all: Flags.boolean({
      char: 'a',
      default: false,
      summary: 'list those that have stopped, too',
      env: 'MONO_ALL',
    }),
  };

  async run(): Promise<{ sandboxes: SandboxSummary[] }> {
    const { flags } = await this.parse(Ps);
    const context = this.context(flags);
    const all = await (await context.sandboxes()).list();
    const sandboxes = all
      .filter(({ status }) => flags.all || status !== 'stopped')
      .map((sandbox) => summaryOf(sandbox));
    printSandboxes(context.output, sandboxes, Date.now());
    return { sandboxes };
  }
}
