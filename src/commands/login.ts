import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../lib/cli/base-command.js';
import { runLogin, type LogInResult } from '../lib/cli/accounts/login-command.js';

/** `mono login [REGISTRY]` */
export default class Login extends BaseCommand {
  static override summary = 'Keep an account for a registry';
  static override description = `The registry is asked first; what it refuses is not kept. The account is kept in credentials.json beside config.yaml, readable by you alone.
In a terminal, what is missing is asked for. Elsewhere give --username and --password-stdin.`;

  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    'echo "$TOKEN" | <%= config.bin %> <%= command.id %> ghcr.io --username alice --password-stdin',
  ];

  static override args = {
    registry: Args.string({
      name: 'REGISTRY',
      description: 'host of the registry',
      default: 'docker.io',
      ignoreStdin: true,
    }),
  };

  static override flags = {
    username: Flags.string({
      char: 'u',
      summary: 'name of the account',
      helpValue: 'USER',
      env: 'MONO_USERNAME',
    }),
    'password-stdin': Flags.boolean({
      default: false,
      summary: 'read the password or token from stdin',
      env: 'MONO_PASSWORD_STDIN',
    }),
  };

  async run(): Promise<LogInResult> {
    const { flags, args } = await this.parse(Login);
    return runLogin(this.context(flags), args.registry, flags);
  }
}
