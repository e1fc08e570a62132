import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { ioError } from '../../io/io-error.js';
import { removeTree } from '../../io/remove-tree.js';
import { NO_DEVICES } from '../devices.js';
import { EPHEMERAL, launchMachine } from '../monitor/monitored-machine.js';
import type { RootDisk } from '../root-disk.js';
import { runSandbox } from '../run-sandbox.js';
import type { ProcessSpec, SandboxSpec } from '../sandbox-spec.js';
import type { Vmm } from '../vmm.js';
import { servicesBy, type GuestServices } from './guest-services.js';
import type { SandboxRecord } from './sandbox-record.js';
import type { Sandboxes } from './sandboxes.js';

/** What {@link holdStopped} works with. */
export interface HoldStoppedOptions {
  readonly sandboxes: Sandboxes;
  /** Returns what starts machines. */
  readonly host: () => Promise<{ readonly vmm: Vmm; readonly monitor: string }>;
  /** Returns the bootable disk of the sandbox's root. */
  readonly rootDisk: () => Promise<RootDisk>;
  readonly signal?: AbortSignal | undefined;
}

/** A sandbox that has stopped, and that nobody else can start. */
export interface HeldSandbox {
  /** each call is served by a machine of its own: one at a time */
  readonly services: GuestServices;
  /** Ends what still runs, and lets others start the sandbox again. */
  release(): Promise<void>;
}

/** How a sandbox that has never ended is noted to have. */
const ENDED_NEVER = { by: 'machine', value: 0, timedOut: false, atMs: 0 } as const;

/**
 * Returns a way to the files of a sandbox that has stopped and whose writes are on a disk. A machine
 * without network, ports or volumes, in which nothing of the sandbox's runs, has that disk.
 *
 * @throws {MonoError} `SANDBOX_RUNNING`, `IO_FAILED`; the services also as `runSandbox`
 */
export async function holdStopped(
  sandbox: SandboxRecord,
  options: HoldStoppedOptions,
): Promise<HeldSandbox> {
  const { sandboxes } = options;
  const [host, rootfs] = [await options.host(), await options.rootDisk()];
  const { spec } = sandboxes.restart(sandbox, rootfs);
  const leaving = new AbortController();
  const signal = AbortSignal.any([leaving.signal, ...(options.signal ? [options.signal] : [])]);
  let directory: string | undefined;
  let ending: Promise<unknown> = Promise.resolve();
  async function release(): Promise<void> {
    leaving.abort();
    await ending;
    if (directory !== undefined) await removeTree(directory);
    await sandboxes.ended(sandbox, sandbox.ending ?? ENDED_NEVER);
  }
  try {
    const place = (directory = await machineDirectory(sandboxes.directoryOf(sandbox)));
    const services = servicesBy((process, io) => {
      const running = runSandbox(helperOf(spec, process), io, {
        launch: (it) => launchMachine(it, { ...host, directory: place, watch: EPHEMERAL }),
        isService: true,
        signal,
      });
      ending = running.catch(() => undefined);
      return running;
    });
    return { services, release };
  } catch (error) {
    await release();
    throw error;
  }
}

function helperOf({ devices, ...spec }: SandboxSpec, process: ProcessSpec): SandboxSpec {
  return { ...spec, cpus: 1, devices: { ...NO_DEVICES, writes: devices.writes }, process };
}

/** Beside the sandbox's own socket, so that nobody takes this machine for it. */
async function machineDirectory(directory: string): Promise<string> {
  try {
    return await mkdtemp(join(directory, 'reader-'));
  } catch (error) {
    throw ioError(error, 'create a directory in', directory);
  }
}
