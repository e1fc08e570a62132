/** Variables of the environment that say where things are, not how a command works. */
const PLACES: ReadonlySet<string> = new Set([
  'MONO_HOME',
  'MONO_KERNEL',
  'MONO_GUEST',
  'MONO_MONITOR',
]);

/** Returns whether the environment says how commands work. */
export function hasSettings(environment: Readonly<Record<string, string | undefined>>): boolean {
  return Object.keys(environment).some((name) => name.startsWith('MONO_') && !PLACES.has(name));
}
