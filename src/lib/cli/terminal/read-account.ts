import { collect } from '../../base/async.js';
import { MonoError } from '../../errors.js';
import type { Account } from '../../registry/auth/credential-file.js';
import { canPrompt, prompt } from './prompt.js';

/** The longest password that is read, in bytes: tokens with certificates in them take 10 KiB. */
const MAX_PASSWORD_BYTES = 64 * 1024;

/** What the command line says of an account. */
export interface AccountFlags {
  readonly username?: string | undefined;
  readonly 'password-stdin': boolean;
}

/**
 * Returns the account that the flags and stdin give; in a terminal, people are asked for what is
 * missing.
 *
 * @throws {MonoError} `USAGE_INVALID` when something is missing and nobody can be asked, `CANCELLED`
 */
export async function readAccount(
  registry: string,
  flags: AccountFlags,
  signal: AbortSignal,
): Promise<Account> {
  const fromStdin = flags['password-stdin'];
  if (fromStdin && flags.username === undefined) throw missing('--username is missing', registry);
  if (!fromStdin && !canPrompt()) throw missing('there is no terminal to ask in', registry);
  const username = flags.username ?? (await prompt(`Username for ${registry}:`));
  const password = fromStdin
    ? await readPassword(signal)
    : await prompt('Password or token (not shown):', { isHidden: true });
  const isComplete = username !== '' && !username.includes(':') && password !== '';
  if (!isComplete) throw missing('the name or the password is not one', registry);
  return { username, password };
}

/** One line end is not part of the password: `echo` and files bring one. */
async function readPassword(signal: AbortSignal): Promise<string> {
  const bytes = await collect(process.stdin as AsyncIterable<Uint8Array>, {
    limitBytes: MAX_PASSWORD_BYTES,
    tooLarge: () => new MonoError('USAGE_INVALID', 'Cannot read a password: stdin has no end'),
  });
  signal.throwIfAborted();
  return Buffer.from(bytes)
    .toString('utf8')
    .replace(/\r?\n$/, '');
}

function missing(reason: string, registry: string): MonoError {
  return new MonoError('USAGE_INVALID', `Cannot log in to \`${registry}\`: ${reason}`, {
    details: { registry, reason },
    hint: `Run \`mono login ${registry} --username USER --password-stdin\` with the password on stdin.`,
  });
}
