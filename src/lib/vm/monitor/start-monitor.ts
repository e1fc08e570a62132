import { spawn } from 'node:child_process';
import type { Duplex } from 'node:stream';
import { MonoError } from '../../errors.js';
import { MonitorConnection } from './monitor-connection.js';

/** A monitor that this process has started. */
export interface StartedMonitor {
  readonly pid: number;
  readonly connection: MonitorConnection;
}

/**
 * Starts a monitor in the directory of its sandbox. It has a session of its own and no environment,
 * and ends with this process until it is told to detach.
 *
 * @param program path of the program
 * @throws {MonoError} `VM_MONITOR_MISSING`
 */
export async function startMonitor(program: string, directory: string): Promise<StartedMonitor> {
  const child = spawn(program, [], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    env: {},
    cwd: directory,
    detached: true,
  });
  const { pid } = child;
  if (pid === undefined) throw missing(program, await failureOf(child));
  child.unref();
  return { pid, connection: new MonitorConnection(child.stdio[3] as Duplex) };
}

function failureOf(child: ReturnType<typeof spawn>): Promise<unknown> {
  return new Promise((resolve) => child.once('error', resolve));
}

function missing(path: string, cause: unknown): MonoError {
  return new MonoError('VM_MONITOR_MISSING', `Cannot run the monitor program \`${path}\``, {
    details: { path },
    hint: 'Run `scripts/build-native`.',
    cause,
  });
}
