import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { MonoOptions } from './mono.js';

const PROGRAM = join(import.meta.dirname, '../../bin/run.cjs');

/** Keys that are typed once the screen shows what they are the answer to. */
export interface TerminalAnswer {
  readonly to: string;
  readonly keys: string;
}

/** Runs the program on a terminal of its own, and returns what that showed, without colours. */
export async function onTerminal(
  line: string,
  place: MonoOptions,
  answers: readonly TerminalAnswer[],
): Promise<{ screen: string; exitCode: number | null }> {
  const command = `'${process.execPath}' '${PROGRAM}' ${line}`;
  const child = spawn('script', ['-qefc', command, '/dev/null'], {
    cwd: place.cwd,
    env: { PATH: process.env['PATH'] ?? '', HOME: place.home, MONO_HOME: place.home, TERM: 'dumb' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let screen = '';
  let answered = 0;
  child.stdout.on('data', (bytes: Buffer) => {
    screen += bytes.toString();
    const next = answers[answered];
    if (!next || !screen.includes(next.to)) return;
    answered++;
    child.stdin.write(next.keys);
  });
  const exitCode = await new Promise<number | null>((resolve) => child.once('close', resolve));
  // eslint-disable-next-line no-control-regex -- what a terminal is told beside text
  return { screen: screen.replaceAll(/\u001B\[[0-9;?]*[A-Za-z]/g, ''), exitCode };
}
