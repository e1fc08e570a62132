import { BaseCommand } from '../lib/cli/base-command.js';
import { SANDBOX_ARG } from '../lib/cli/sandbox/sandbox-args.js';
import { attachIn } from '../lib/cli/sandbox/exec-command.js';
import { reachByName } from '../lib/cli/sandbox/reach-by-name.js';

/** `mono attach SANDBOX` */
export default class Attach extends BaseCommand {
  static override summary = 'Take over the streams of the command of a sandbox';
  static override description = `Shows what it writes from now on, passes stdin, signals and the size of the terminal on, and returns its exit code. The keys Ctrl-P Ctrl-Q leave it to itself, as they do after \`mono run -it\`; it goes on also when this command is killed.`;

  static override examples = ['<%= config.bin %> <%= command.id %> web'];
  static override enableJsonFlag = false;
  static override args = SANDBOX_ARG;

  async run(): Promise<void> {
    const { flags, args } = await this.parse(Attach);
    const context = this.context(flags);
    const reached = await reachByName(context, args.sandbox);
    process.exitCode = await attachIn(reached, (receiver) => context.forwardSignals(receiver));
  }
}
