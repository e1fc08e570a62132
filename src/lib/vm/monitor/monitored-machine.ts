import type { Machine } from '../machine.js';
import type { MachineSpec, Vmm } from '../vmm.js';
import { launchFrames, type WatchOptions } from './launch-frames.js';
import { causeOfEnding, type SandboxEnding } from './sandbox-ending.js';
import { startMonitor } from './start-monitor.js';

/** How {@link launchMachine} starts a machine. */
export interface LaunchMachineOptions {
  readonly vmm: Vmm;
  /** path of the monitor program */
  readonly monitor: string;
  /** a directory of this machine alone, which no other user may enter */
  readonly directory: string;
  readonly watch: WatchOptions;
}

/** A machine that a monitor watches over. */
export interface MonitoredMachine extends Machine {
  /** process id of the monitor */
  readonly monitorPid: number;
  /** how it ended; undefined when its monitor was killed */
  readonly ended: Promise<SandboxEnding | undefined>;
  /** Lets the machine live on without this process; fulfilled with whether it does. */
  detach(): Promise<boolean>;
}

/** A machine that ends with the process that started it and leaves nothing behind. */
export const EPHEMERAL: WatchOptions = {
  logLimitBytes: 0,
  timeoutSeconds: 0,
  stopSignal: 15,
  keepsRecord: false,
};

/**
 * Starts a machine below a monitor of its own. One that does not come up ends its frames.
 *
 * @throws {MonoError} `VM_MONITOR_MISSING`, and what the VMM's plan throws
 */
export async function launchMachine(
  spec: MachineSpec,
  options: LaunchMachineOptions,
): Promise<MonitoredMachine> {
  const plan = await options.vmm.plan(spec, options.directory);
  const { pid, connection } = await startMonitor(options.monitor, options.directory);
  await connection.send(launchFrames(plan, options.watch));
  let ending: SandboxEnding | undefined;
  const ended = connection.ended.then((it) => (ending = it));
  return {
    network: plan.network,
    monitorPid: pid,
    frames: connection.frames,
    ended,
    send: (bytes) => connection.send([bytes]),
    diagnosis: () => ({ cause: ending && causeOfEnding(ending), console: ending?.console ?? '' }),
    async detach() {
      const isDetached = await connection.detach();
      if (isDetached) connection.close();
      return isDetached;
    },
    async stop() {
      await connection.stop();
      await ended;
      connection.close();
    },
  };
}
