/** The flags that every command takes and that take a value. */
const VALUE_FLAGS: ReadonlySet<string> = new Set(['-C', '--directory']);
const SWITCHES: ReadonlySet<string> = new Set([
  ...['-q', '--quiet', '-v', '--verbose'],
  ...['--json', '--no-color'],
]);

/** Behind the command a letter may mean something else: `run -v` is a volume. */
const LONG_NAMES: ReadonlyMap<string, string> = new Map([
  ['-q', '--quiet'],
  ['-v', '--verbose'],
  ['-C', '--directory'],
]);

/**
 * Returns `argv` with the global flags that stand before the command put behind it:
 * `mono -C web list` is `mono list -C web`. What is not a global flag stays where it is.
 */
export function hoistGlobalFlags(argv: readonly string[]): string[] {
  let index = 0;
  while (index < argv.length) {
    const word = argv[index] ?? '';
    if (VALUE_FLAGS.has(word)) index += 2;
    else if (SWITCHES.has(word) || word.startsWith('--directory=')) index += 1;
    else break;
  }
  const [command, ...rest] = argv.slice(index);
  if (command === undefined || command.startsWith('-')) return [...argv];
  const global = argv.slice(0, index).map((word) => LONG_NAMES.get(word) ?? word);
  return [command, ...global, ...rest];
}
