import { setTimeout as sleep } from 'node:timers/promises';
import { MonoError } from '../../errors.js';
import { connectMonitor } from '../monitor/connect-monitor.js';
import type { MonitorConnection } from '../monitor/monitor-connection.js';
import type { SandboxEnding } from '../monitor/sandbox-ending.js';
import { LINUX_SIGNALS } from '../protocol/linux-signals.js';
import { isAlive } from './process-identity.js';
import { readEnding } from './sandbox-files.js';
import type { SandboxRecord } from './sandbox-record.js';
import type { Sandboxes } from './sandboxes.js';

/** How long a monitor may take to end once nothing is asked of its guest any more. */
const HARD_TIMEOUT_MS = 10_000;
const POLL_MS = 20;
const SIGTERM = 15;

/**
 * Ends a sandbox that runs: its main process gets its stop signal, and `graceMs` later the machine is
 * ended in any case.
 *
 * @throws {MonoError} `SANDBOX_NOT_RUNNING`, `SANDBOX_UNREACHABLE`
 */
export async function stopSandbox(
  sandbox: SandboxRecord,
  { sandboxes, graceMs }: { readonly sandboxes: Sandboxes; readonly graceMs: number },
): Promise<void> {
  if (sandbox.status === 'stopped') throw notRunning(sandbox);
  const directory = sandboxes.directoryOf(sandbox);
  const connection = await connectMonitor(directory);
  const ending =
    (connection && (await stopThrough(connection, sandbox.stopSignal, graceMs))) ??
    (await endMonitor(sandbox, directory));
  if (ending) await sandboxes.ended(sandbox, ending);
}

/**
 * Waits until the sandbox in `directory` has ended and returns how it did; undefined when its monitor
 * was killed.
 *
 * @throws {MonoError} `SANDBOX_UNREACHABLE`
 */
export async function waitForSandbox(directory: string): Promise<SandboxEnding | undefined> {
  const connection = await connectMonitor(directory);
  const ending = await connection?.ended;
  connection?.close();
  return ending ?? readEnding(directory);
}

async function stopThrough(
  connection: MonitorConnection,
  stopSignal: NodeJS.Signals,
  graceMs: number,
): Promise<SandboxEnding | undefined> {
  try {
    const { phase } = await connection.greeting.catch(() => ({ phase: 'unknown' }));
    if (phase === 'unknown') return undefined;
    if (phase === 'running') {
      await connection.signal(LINUX_SIGNALS[stopSignal] ?? SIGTERM);
      const ending = await Promise.race([connection.ended, pause(graceMs)]);
      if (ending) return ending;
    }
    await connection.stop();
    return await Promise.race([connection.ended, pause(HARD_TIMEOUT_MS)]);
  } finally {
    connection.close();
  }
}

/** For a monitor that cannot be talked to: it ends its machine when it is told to end. */
async function endMonitor(
  sandbox: SandboxRecord,
  directory: string,
): Promise<SandboxEnding | undefined> {
  const { monitor, name } = sandbox;
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    if (!monitor || !isAlive(monitor)) return readEnding(directory) ?? stoppedByRequest();
    process.kill(monitor.pid, signal);
    for (let waitedMs = 0; waitedMs < HARD_TIMEOUT_MS && isAlive(monitor); waitedMs += POLL_MS) {
      await sleep(POLL_MS);
    }
  }
  if (!monitor || !isAlive(monitor)) return readEnding(directory) ?? stoppedByRequest();
  throw new MonoError('SANDBOX_UNREACHABLE', `Cannot end the monitor of \`${name}\``, {
    details: { name, pid: monitor.pid },
    hint: 'The host may be too busy, or the process waits for a disk.',
  });
}

function stoppedByRequest(): SandboxEnding {
  return { by: 'request', value: 0, timedOut: false, atMs: Date.now(), console: '' };
}

async function pause(ms: number): Promise<undefined> {
  await sleep(ms, undefined, { ref: false });
}

function notRunning({ name }: SandboxRecord): MonoError {
  return new MonoError('SANDBOX_NOT_RUNNING', `Cannot stop \`${name}\`: it does not run`, {
    details: { name },
  });
}
