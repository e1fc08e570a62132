/** Variables of the environment that say where things are, not how a command works. */
const PLACES: ReadonlySet<string> = new Set([
  'MONO_HOME',
  'MONO_KERNEL',
  'MONO_GUEST',
  'MONO_MONITOR',
]);

/**
 * Returns whether the command line is `mono install` and nothing else, also in the environment: the
 * command that is run most often, mostly with nothing to do, and needs no parser.
 */
export function isPlainInstall(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): boolean {
  if (argv.length !== 1 || argv[0] !== 'install') return false;
  return !hasSettings(environment);
}

/** Returns whether the environment says how commands work. */
export function hasSettings(environment: Readonly<Record<string, string | undefined>>): boolean {
  return Object.keys(environment).some((name) => name.startsWith('MONO_') && !PLACES.has(name));
}
