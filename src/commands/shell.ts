import { BaseCommand } from '../lib/cli/base-command.js';
import { SANDBOX_ARG } from '../lib/cli/sandbox/sandbox-args.js';
import { IDENTITY_FLAGS } from '../lib/cli/run/process-flags.js';
import { execByFlags } from '../lib/cli/sandbox/exec-by-flags.js';

/** Bash where the image has it. */
const SHELL = ['sh', '-c', 'command -v bash >/dev/null 2>&1 && exec bash; exec sh'];

/** `mono shell SANDBOX` */
export default class Shell extends BaseCommand {
  static override summary = 'Open a shell in a sandbox that runs';
  static override examples = ['<%= config.bin %> <%= command.id %> web'];
  static override enableJsonFlag = false;
  static override args = SANDBOX_ARG;

  static override flags = IDENTITY_FLAGS;

  async run(): Promise<void> {
    const { flags, args } = await this.parse(Shell);
    const request = { ...flags, command: SHELL };
    process.exitCode = await execByFlags(this.context(flags), args.sandbox, request);
  }
}
