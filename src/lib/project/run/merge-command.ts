import { MonoError } from '../../errors.js';

/** What an image says about how it is run. */
export interface ImageDefaults {
  readonly entrypoint: readonly string[];
  readonly cmd: readonly string[];
  /** `NAME=value` */
  readonly env: readonly string[];
  readonly workdir: string | undefined;
  readonly user: string | undefined;
  /** name or number of the signal that asks the command to end */
  readonly stopSignal?: string | undefined;
}

/** What somebody says about how an image is to be run; what is left out is not changed. */
export interface RunOverrides {
  readonly entrypoint?: readonly string[] | undefined;
  /** command and arguments; an empty list counts as left out */
  readonly command?: readonly string[] | undefined;
  readonly env?: ReadonlyMap<string, string> | undefined;
  readonly workdir?: string | undefined;
  readonly user?: string | undefined;
}

/** A command as a guest gets it. */
export interface GuestCommand {
  readonly argv: readonly string[];
  readonly env: ReadonlyMap<string, string>;
  readonly workdir: string;
  /** user and group as the image or the caller writes them: `1000`, `node`, `www-data:www-data` */
  readonly user: string | undefined;
}

/** Where commands are looked for when the image does not say: the value that Docker sets. */
const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * Returns the command that comes of an image's defaults and the overrides, the later ones winning.
 * As with Docker: another command replaces the image's `Cmd` and is still passed to its entrypoint;
 * another entrypoint drops the image's `Cmd` too.
 *
 * @throws {MonoError} `USAGE_INVALID` when nothing says what to run
 */
export function mergeCommand(
  image: ImageDefaults,
  overrides: readonly RunOverrides[],
): GuestCommand {
  let { entrypoint, cmd } = image;
  const env = new Map([['PATH', DEFAULT_PATH], ...image.env.map(splitVariable)]);
  let workdir = image.workdir;
  let user = image.user;
  for (const override of overrides) {
    if (override.entrypoint) {
      entrypoint = override.entrypoint;
      cmd = [];
    }
    if (override.command && override.command.length > 0) cmd = override.command;
    for (const [name, value] of override.env ?? []) env.set(name, value);
    workdir = override.workdir ?? workdir;
    user = override.user ?? user;
  }
  const argv = [...entrypoint, ...cmd];
  if (argv.length === 0) throw nothingToRun();
  return { argv, env, workdir: workdir || '/', user: user === '' ? undefined : user };
}

function splitVariable(text: string): [string, string] {
  const equals = text.indexOf('=');
  return equals === -1 ? [text, ''] : [text.slice(0, equals), text.slice(equals + 1)];
}

function nothingToRun(): MonoError {
  return new MonoError(
    'USAGE_INVALID',
    'Cannot run the image: it names no command and none was given',
    { hint: 'Give one: `mono run TARGET -- COMMAND`.' },
  );
}
