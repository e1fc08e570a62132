import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseProcessIo } from './process-io.js';

/**
 * What one run of a command cost, as the operating system accounts for it: the command and every
 * process that was waited for below it. A process that outlives the command is not counted.
 */
export interface Measurement {
  readonly wallSeconds: number;
  readonly userSeconds: number;
  readonly systemSeconds: number;
  /** largest resident set of a single process of the run, in `MiB` */
  readonly peakRssMib: number;
  /** fetched from storage, in `MiB` */
  readonly readMib: number;
  /** given to storage, in `MiB` */
  readonly writtenMib: number;
}

/** A command to be measured. */
export interface Command {
  readonly argv: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

const MIB = 1024 * 1024;

/**
 * Takes the time around GNU time, whose own clock counts hundredths of a second; reads its own
 * /proc/PID/io afterwards, to which that of every child has been added. Builtins only: a program
 * started for it would be in the figures.
 */
const STOPWATCH = `
report=$1; shift
start=$EPOCHREALTIME
/usr/bin/time -f '%U %S %M' -o "$report.time" "$@"
status=$?
end=$EPOCHREALTIME
mapfile -t io </proc/$$/io
printf '%s\\n' "$start $end" "\${io[@]}" >"$report.io"
exit $status`;

/**
 * Runs `command` once and returns what it cost. A run that fails is no measurement: it throws with
 * the end of what the command printed.
 */
export function measure(command: Command): Measurement {
  const scratch = mkdtempSync(join(tmpdir(), 'mono-bench-'));
  const report = join(scratch, 'report');
  try {
    const run = spawnSync('bash', ['-c', STOPWATCH, 'bash', report, ...command.argv], {
      cwd: command.cwd ?? scratch,
      env: { ...process.env, ...command.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      maxBuffer: 64 * MIB,
    });
    if (run.status !== 0) {
      const printed = `${run.stdout.toString()}${run.stderr.toString()}`.slice(-2000);
      throw new Error(`${command.argv.join(' ')}: exit ${String(run.status)}\n${printed}`);
    }
    return parseReports(
      readFileSync(`${report}.time`, 'utf8'),
      readFileSync(`${report}.io`, 'utf8'),
    );
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Runs `command` outside of any measurement. */
export function execute({ argv, cwd, env }: Command): void {
  execFileSync(argv[0]!, argv.slice(1), { cwd, env: { ...process.env, ...env }, stdio: 'ignore' });
}

/** Returns the measurement that the two reports of the stopwatch make. */
export function parseReports(time: string, io: string): Measurement {
  const [user, system, rssKib] = time.trim().split('\n').at(-1)!.split(' ').map(Number);
  // Some locales write the fraction of EPOCHREALTIME after a comma.
  const [start, end] = io.split('\n')[0]!.replaceAll(',', '.').split(' ').map(Number);
  const { readBytes, writtenBytes } = parseProcessIo(io);
  return {
    wallSeconds: end! - start!,
    userSeconds: user!,
    systemSeconds: system!,
    peakRssMib: rssKib! / 1024,
    readMib: readBytes / MIB,
    writtenMib: writtenBytes / MIB,
  };
}
