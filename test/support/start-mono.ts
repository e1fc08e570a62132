import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { MonoOptions } from './mono.js';

const PROGRAM = join(import.meta.dirname, '../../bin/run.cjs');

/** A run of the program that goes on. */
export interface RunningMono {
  readonly pid: number;
  /** Resolves once stderr holds `text`; rejects when the program ends without having said that. */
  says(text: string): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  readonly ended: Promise<{ readonly exitCode: number | null; readonly stderr: string }>;
}

/** Starts the built program in an environment of its own, and listens to its stderr alone. */
export function startMono(
  args: readonly string[],
  { cwd, home }: Pick<MonoOptions, 'cwd' | 'home'>,
): RunningMono {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    cwd,
    env: { PATH: process.env['PATH'] ?? '', HOME: home, MONO_HOME: home },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (bytes: Buffer) => (stderr += bytes.toString()));
  const exit = new Promise<number | null>((resolve) => child.once('close', resolve));
  return {
    pid: child.pid ?? 0,
    async says(text) {
      const isOver = exit.then(() => true);
      while (!stderr.includes(text)) {
        const more = new Promise<boolean>((resolve) => {
          child.stderr.once('data', () => resolve(false));
        });
        const wasLast = await Promise.race([more, isOver]);
        if (wasLast && !stderr.includes(text)) throw new Error(`ended, having said \`${stderr}\``);
      }
    },
    kill: (signal) => void child.kill(signal),
    ended: exit.then((exitCode) => ({ exitCode, stderr })),
  };
}
