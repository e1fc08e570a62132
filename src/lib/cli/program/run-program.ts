import { EXIT } from '../../error-codes.js';
import { ioError } from '../../io/io-error.js';
import { renderError, reportError, type ErrorReport } from '../print/render-error.js';
import { protectGuestArguments } from '../run/run-arguments.js';
import { wantsColor } from '../terminal/style.js';
import { plainRequirements } from './plain-requirements.js';
import type { Program } from './program.js';

/** Runs the command that `argv` names, tells about its failure, and returns its exit code. */
export async function runProgram(argv: readonly string[], program: Program): Promise<number> {
  watchStandardStreams(argv);
  try {
    await dispatch(argv, program);
    return Number(process.exitCode ?? EXIT.ok);
  } catch (error) {
    return isOclifExit(error) ? error.oclif.exit : tellFailure(error, argv);
  }
}

/** Tells about the failure of the command that `argv` names, and returns the exit code for it. */
export function tellFailure(error: unknown, argv: readonly string[]): number {
  const report = reportError(error);
  const exitCode = isGuests(argv) ? exitCodeOfRun(report.exitCode) : report.exitCode;
  tell({ ...report, exitCode }, argv);
  return exitCode;
}

async function dispatch(argv: readonly string[], program: Program): Promise<void> {
  const requirements = plainRequirements(argv, process.env);
  if (requirements) {
    const { plainInstall } = await import('./plain-install.js');
    return plainInstall(requirements, program);
  }
  const { runCommand } = await import('./run-command.js');
  const [first, ...rest] = argv;
  return runCommand(first === 'help' ? [...rest, '--help'] : protectGuestArguments(argv), program);
}

/** Whether the exit code is that of a command in a guest. */
function isGuests(argv: readonly string[]): boolean {
  return ['run', 'exec', 'shell', 'attach'].includes(argv[0] ?? '');
}

/**
 * Below 125 every exit code of `mono run` is the guest's, so failures of ours that have a lower one
 * become 125; 126, 127 and 130 mean what they mean to a shell (docs/design/0007-exit-codes.md).
 */
function exitCodeOfRun(exitCode: number): number {
  return exitCode < EXIT.runFailed ? EXIT.runFailed : exitCode;
}

function tell(report: ErrorReport, argv: readonly string[]): void {
  const own = argv.includes('--') ? argv.slice(0, argv.indexOf('--')) : argv;
  if (own.includes('--json') || isOn(process.env['MONO_JSON'])) {
    process.stdout.write(`${JSON.stringify({ error: report }, undefined, 2)}\n`);
    return;
  }
  const isColored =
    !own.includes('--no-color') &&
    !isOn(process.env['MONO_NO_COLOR']) &&
    wantsColor(process.env, process.stderr.isTTY);
  process.stderr.write(renderError(report, isColored));
}

/**
 * The reader of a pipe may stop when it has seen enough (`mono list | head -1`): that is success. A
 * result that could not be written for another reason is a failure, whatever else went well.
 */
function watchStandardStreams(argv: readonly string[]): void {
  for (const [name, stream] of Object.entries({ stdout: process.stdout, stderr: process.stderr })) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit(EXIT.ok);
      const report = reportError(ioError(error, 'write to', name));
      if (name === 'stdout') process.stderr.write(renderError(report, false));
      process.exit(isGuests(argv) ? exitCodeOfRun(report.exitCode) : report.exitCode);
    });
  }
}

function isOclifExit(error: unknown): error is { readonly oclif: { readonly exit: number } } {
  return error instanceof Error && 'code' in error && error.code === 'EEXIT' && 'oclif' in error;
}

function isOn(value: string | undefined): boolean {
  return value === 'true' || value === '1';
}
