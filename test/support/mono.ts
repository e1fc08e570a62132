import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Path of the program. */
export const PROGRAM = join(import.meta.dirname, '../../bin/run.cjs');

/** How a run of the program ended. */
export interface MonoRun {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number | null;
}

/** Where and how the program is run. */
export interface MonoOptions {
  /** working directory */
  readonly cwd: string;
  /** value of `MONO_HOME` */
  readonly home: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  /** number of the user and the group that it runs as, where that is not who the tests run as */
  readonly user?: number | undefined;
}

/** Runs the built program in an environment of its own, with pipes for its streams. */
export async function runMono(args: readonly string[], options: MonoOptions): Promise<MonoRun> {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    cwd: options.cwd,
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: options.home,
      MONO_HOME: options.home,
      ...options.env,
    },
    ...(options.user === undefined ? {} : { uid: options.user, gid: options.user }),
  });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (bytes: Buffer) => stdout.push(bytes));
  child.stderr.on('data', (bytes: Buffer) => stderr.push(bytes));
  child.stdin.end(options.stdin ?? '');
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return {
    stdout: Buffer.concat(stdout).toString(),
    stderr: Buffer.concat(stderr).toString(),
    exitCode,
  };
}

/** Makes `home` the home of a user whose registries are reached at these addresses. */
export function writeUserConfig(home: string, endpoints: Readonly<Record<string, string>>): void {
  const lines = Object.entries(endpoints).map(([name, url]) => `  ${name}: { endpoint: ${url} }`);
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, 'config.yaml'), ['registries:', ...lines, ''].join('\n'));
}
