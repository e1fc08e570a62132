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
  '--name',
  '--timeout',
  '--path',
  '-C',
];

const NOUNS: ReadonlySet<string> = new Set(['image', 'sandbox']);

/**
 * Returns the arguments of `mono run` with `--` put after TARGET, so that `mono run IMAGE ls --help`
 * asks `ls` for help, as other tools of this kind do. Arguments of other commands are returned as
 * they are.
 */
export function protectGuestArguments(argv: readonly string[]): string[] {
  if (argv[0] !== 'run') return [...argv];
  let index = NOUNS.has(argv[1] ?? '') ? 2 : 1;
  for (; index < argv.length; index++) {
    const word = argv[index] ?? '';
    if (word === '--') return [...argv];
    if (RUN_VALUE_FLAGS.includes(word)) index++;
    else if (!word.startsWith('-')) break;
  }
  if (argv[index + 1] === '--' || index + 1 >= argv.length) return [...argv];
  return [...argv.slice(0, index + 1), '--', ...argv.slice(index + 1)];
}
