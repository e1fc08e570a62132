/**
 * The flags of `mono run` that take a value. They must be known before the command is parsed, since
 * what follows TARGET is the guest's, whatever it looks like.
 */
export const RUN_VALUE_FLAGS: readonly string[] = [
  '--env',
  '-e',
  '--workdir',
  '-w',
  '--user',
  '-u',
  '--cpus',
  '--memory',
  '-m',
  '--entrypoint',
  '--env-file',
  '--publish',
  '-p',
  '--volume',
  '-v',
  '--tmpfs',
  '--network',
  '--vmm',
  '--name',
  '--timeout',
  '--directory',
  '-C',
];

/** The flags of `mono exec` that take a value. */
export const EXEC_VALUE_FLAGS: readonly string[] = [
  '--env',
  '-e',
  '--workdir',
  '-w',
  '--user',
  '-u',
  '--directory',
  '-C',
];

const VALUE_FLAGS = { run: RUN_VALUE_FLAGS, exec: EXEC_VALUE_FLAGS } as const;
const NOUNS: ReadonlySet<string> = new Set(['image', 'sandbox']);

/**
 * Returns the arguments of `mono run` and `mono exec` with `--` put after TARGET, so that `mono run IMAGE ls --help`
 * asks `ls` for help, as other tools of this kind do. Arguments of other commands are returned as
 * they are.
 */
export function protectGuestArguments(argv: readonly string[]): string[] {
  const [command, noun = ''] = argv;
  if (command !== 'run' && command !== 'exec') return [...argv];
  const first = command === 'run' && NOUNS.has(noun) ? 2 : 1;
  const index = indexOfTarget(argv, first, VALUE_FLAGS[command]);
  const next = argv[index + 1];
  if (next === undefined || next === '--' || argv[index] === '--') return [...argv];
  return [...argv.slice(0, index + 1), '--', ...argv.slice(index + 1)];
}

/** Index of the first word from `first` that is neither a flag nor the value of one. */
function indexOfTarget(
  argv: readonly string[],
  first: number,
  valueFlags: readonly string[],
): number {
  let index = first;
  for (; index < argv.length; index++) {
    const word = argv[index] ?? '';
    if (word === '--' || !word.startsWith('-')) break;
    if (valueFlags.includes(word)) index++;
  }
  return index;
}
