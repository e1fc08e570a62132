import { LINUX_SIGNALS } from '../protocol/linux-signals.js';
import { launchMachine, type MonitoredMachine } from '../monitor/monitored-machine.js';
import type { WatchOptions } from '../monitor/launch-frames.js';
import { runOrLeaveSandbox } from '../run-sandbox.js';
import type { SandboxExit, SandboxIo } from '../sandbox-spec.js';
import type { Vmm } from '../vmm.js';
import { checkVolumesFree } from '../volumes/check-volumes-free.js';
import { forgetEnding } from './sandbox-files.js';
import type { SandboxRecord } from './sandbox-record.js';
import type { Sandboxes } from './sandboxes.js';

/** Most that the log of a sandbox holds in `bytes`: days of ordinary output, no full disk. */
const LOG_LIMIT_BYTES = 20 * 1024 * 1024;
/** Exit code of a sandbox whose time was over, as of timeout(1). */
export const TIMED_OUT_EXIT_CODE = 124;
const SIGTERM = 15;

/** What {@link startSandbox} works with. */
export interface StartSandboxOptions {
  readonly sandboxes: Sandboxes;
  readonly vmm: Vmm;
  /** path of the monitor program */
  readonly monitor: string;
  /** whether it goes on without this process once it runs */
  readonly isDetached: boolean;
  /** whether it has never run: a new sandbox that does not start is forgotten */
  readonly isNew: boolean;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Starts a sandbox that is ready to start. Attached, it returns how the main process ended, or
 * undefined once that is left to itself; detached, undefined once it has started, however soon it ends.
 *
 * @throws {MonoError} `VOLUME_IN_USE`, and as `runSandbox` and `launchMachine`
 */
export async function startSandbox(
  sandbox: SandboxRecord,
  io: SandboxIo,
  options: StartSandboxOptions,
): Promise<SandboxExit | undefined> {
  const { sandboxes, vmm, monitor, isDetached } = options;
  const directory = sandboxes.directoryOf(sandbox);
  let machine: MonitoredMachine | undefined;
  async function leave(): Promise<boolean> {
    if (!isDetached) await io.left;
    return (await machine?.detach()) ?? false;
  }
  forgetEnding(directory);
  try {
    const exit = await runOrLeaveSandbox(sandbox.spec, io, {
      signal: options.signal,
      launch: async (spec) => {
        if (spec.devices.disks.length > 0) checkVolumesFree(sandbox, await sandboxes.list());
        const watch = watchOf(sandbox, { isDetached });
        machine = await launchMachine(spec, { vmm, monitor, directory, watch });
        sandboxes.started(sandbox, { vmm: vmm.name, monitorPid: machine.monitorPid });
        return machine;
      },
      onStarted: isDetached || io.left ? leave : undefined,
    });
    if (exit === undefined) return undefined;
    const ending = await settle(sandbox, { sandboxes, machine });
    if (isDetached) return undefined;
    return ending?.timedOut ? { code: TIMED_OUT_EXIT_CODE } : exit;
  } catch (error) {
    await settle(sandbox, { sandboxes, machine });
    if (options.isNew) await sandboxes.remove(sandbox);
    throw error;
  }
}

function watchOf(sandbox: SandboxRecord, { isDetached }: { isDetached: boolean }): WatchOptions {
  const isKept = isDetached || !sandbox.removeAtEnd;
  return {
    logLimitBytes: isKept ? LOG_LIMIT_BYTES : 0,
    timeoutSeconds: sandbox.timeoutSeconds,
    stopSignal: LINUX_SIGNALS[sandbox.stopSignal] ?? SIGTERM,
    keepsRecord: isKept,
  };
}

/**
 * Notes the end of a sandbox whose main process has ended, or was never started. A process that ends
 * while its machine is being left is heard of, and its monitor, which records the end, no more.
 */
async function settle(
  sandbox: SandboxRecord,
  { sandboxes, machine }: { sandboxes: Sandboxes; machine: MonitoredMachine | undefined },
): Promise<{ readonly timedOut: boolean } | undefined> {
  const unstarted = { by: 'machine', value: 0, timedOut: false, atMs: Date.now() } as const;
  const ending = machine ? await machine.ended : unstarted;
  if (ending) await sandboxes.ended(sandbox, ending);
  else await sandboxes.left(sandbox);
  return ending;
}
