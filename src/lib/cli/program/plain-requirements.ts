import { hasSettings } from './has-settings.js';

/**
 * Returns the requirements of an install that has no flags, also in the environment, and `undefined`
 * for every other command line: what is run most often needs no parser, which takes longer to load
 * than all that comes before the first line of an install.
 */
export function plainRequirements(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): readonly string[] | undefined {
  const [command, ...words] = argv;
  if (command !== 'install' || words.some((word) => word.startsWith('-'))) return undefined;
  if (hasSettings(environment)) return undefined;
  if (words[0] !== 'image') return words;
  return words.length > 1 ? words.slice(1) : undefined;
}
