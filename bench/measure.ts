import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What one run of a command cost, as the operating system accounts for it. */
export interface Measurement {
  readonly wallSeconds: number;
  readonly userSeconds: number;
  readonly systemSeconds: number;
  /** largest resident set of a single process of the run, in `MiB` */
  readonly peakRssMib: number;
}

/** A command to be measured. */
export interface Command {
  readonly argv: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Runs `command` once under GNU time and returns what it cost. A run that fails is no measurement:
 * it throws with the end of what the command printed.
 */
export function measure(command: Command): Measurement {
  const scratch = mkdtempSync(join(tmpdir(), 'mono-bench-'));
  const report = join(scratch, 'time');
  try {
    const run = spawnSync('/usr/bin/time', ['-f', '%e %U %S %M', '-o', report, ...command.argv], {
      cwd: command.cwd ?? scratch,
      env: { ...process.env, ...command.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      maxBuffer: 64 * 1024 * 1024,
    });
    if (run.status !== 0) {
      const printed = `${run.stdout.toString()}${run.stderr.toString()}`.slice(-2000);
      throw new Error(`${command.argv.join(' ')}: exit ${String(run.status)}\n${printed}`);
    }
    return parseTime(readFileSync(report, 'utf8'));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Runs `command` outside of any measurement. */
export function execute({ argv, cwd, env }: Command): void {
  execFileSync(argv[0]!, argv.slice(1), { cwd, env: { ...process.env, ...env }, stdio: 'ignore' });
}

function parseTime(report: string): Measurement {
  const [wall, user, system, rssKib] = report.trim().split('\n').at(-1)!.split(' ').map(Number);
  return {
    wallSeconds: wall!,
    userSeconds: user!,
    systemSeconds: system!,
    peakRssMib: rssKib! / 1024,
  };
}
