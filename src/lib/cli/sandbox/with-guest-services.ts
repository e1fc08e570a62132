import { guestServices, type GuestServices } from '../../vm/sandboxes/guest-services.js';
import { holdStopped, type HoldStoppedOptions } from '../../vm/sandboxes/hold-stopped.js';
import type { SandboxRecord } from '../../vm/sandboxes/sandbox-record.js';
import type { Context } from '../context.js';
import { reachByName } from './reach-by-name.js';

/**
 * Does `work` with the services of a sandbox that runs, or of one that has stopped and has its writes
 * on a disk. One call of a service is served.
 *
 * @throws {MonoError} `SANDBOX_NOT_FOUND`, `SANDBOX_NOT_RUNNING`; as `holdStopped`; what `work` throws
 */
export async function withGuestServices(
  context: Context,
  nameOrId: string,
  work: (services: GuestServices) => Promise<void>,
): Promise<void> {
  const sandbox = await (await context.sandboxes()).find(nameOrId);
  const held =
    sandbox.status === 'stopped' && sandbox.spec.devices.writes.kind === 'disk'
      ? await holdStopped(sandbox, await holdOptions(context, sandbox))
      : await servicesOfRunning(context, nameOrId);
  try {
    await work(held.services);
  } finally {
    await held.release();
  }
}

/** Returns what it takes to hold a sandbox that has stopped. */
export async function holdOptions(
  context: Context,
  { root }: SandboxRecord,
): Promise<HoldStoppedOptions> {
  return {
    sandboxes: await context.sandboxes(),
    host: () => context.machineHost(),
    rootDisk: () => context.rootDisk(root),
    signal: context.signal,
  };
}

async function servicesOfRunning(context: Context, nameOrId: string) {
  const { connection } = await reachByName(context, nameOrId);
  return {
    services: guestServices(connection),
    release: () => {
      connection.close();
    },
  };
}
