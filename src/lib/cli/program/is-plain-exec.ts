import { hasSettings } from './has-settings.js';

/**
 * Returns whether the command line is `mono exec NAME COMMAND…` without a flag before the command, also
 * in the environment: it is run often and quickly over, and needs no parser.
 */
export function isPlainExec(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): boolean {
  const [command, name = '-', ...rest] = argv;
  const words = rest[0] === '--' ? rest.slice(1) : rest;
  if (command !== 'exec' || name.startsWith('-') || words.length === 0) return false;
  return (rest[0] === '--' || !words[0]?.startsWith('-')) && !hasSettings(environment);
}
