import { hoistGlobalFlags } from './program/hoist-global-flags.js';
import { isPlainExec } from './program/is-plain-exec.js';
import { plainRequirements } from './program/plain-requirements.js';
import type { Program } from './program/program.js';

/**
 * Runs the program with the arguments `words` and returns its exit code. Results go to stdout,
 * failures to stderr, or to stdout as a document with `--json`.
 *
 * What is asked most often, the version, an install that has nothing to do and a command in a sandbox
 * that runs, is answered from the one file that this is bundled into (scripts/build.js).
 */
export async function main(words: readonly string[], program: Program): Promise<number> {
  const argv = hoistGlobalFlags(words);
  const exitCode = (await quickly(argv, program)) ?? (await atLength(argv, program));
  await written(process.stdout);
  return exitCode;
}

async function quickly(argv: readonly string[], program: Program): Promise<number | undefined> {
  if (['--version', '-V', 'version'].includes(argv[0] ?? '')) {
    process.stdout.on('error', endOnFailure).write(`mono ${program.version}\n`);
    return 0;
  }
  if (isPlainExec(argv, process.env)) return quickExec(argv);
  if (argv[0] === '__complete') {
    const { printCandidates } = await import('./completion/print-candidates.js');
    await printCandidates(argv.slice(1), program);
    return 0;
  }
  if (plainRequirements(argv, process.env)?.length !== 0) return undefined;
  const { isUnchangedInstall } = await import('./program/is-unchanged-install.js');
  if (!isUnchangedInstall(program)) return undefined;
  process.stderr.on('error', endOnFailure).write('Already up to date\n');
  return 0;
}

async function quickExec(argv: readonly string[]): Promise<number | undefined> {
  process.stdout.on('error', endOnFailure);
  process.stderr.on('error', endOnFailure);
  const { plainExec } = await import('./program/plain-exec.js');
  try {
    return await plainExec(argv);
  } catch (error) {
    const { tellFailure } = await import('./program/run-program.js');
    return tellFailure(error, argv);
  }
}

async function atLength(argv: readonly string[], program: Program): Promise<number> {
  const { runProgram } = await import('./program/run-program.js');
  return runProgram(argv, program);
}

/** The reader of a pipe may stop when it has seen enough: that is success; a full disk is not. */
function endOnFailure(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(0);
  process.stderr.write(`error: Cannot write to \`stdout\`: ${error.message}\n`);
  process.exit(1);
}

/** Resolves when what was written so far has reached the reader, or has failed and been reported. */
function written(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    stream.write('', () => {
      resolve();
    });
  });
}
