import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { MonoError } from '../../errors.js';
import { ioError } from '../../io/io-error.js';
import { removeTree } from '../../io/remove-tree.js';
import { NO_DEVICES } from '../devices.js';
import { EPHEMERAL, launchMachine } from '../monitor/monitored-machine.js';
import type { RootDisk } from '../root-disk.js';
import { runSandbox } from '../run-sandbox.js';
import type { SandboxExit, SandboxIo, SandboxSpec } from '../sandbox-spec.js';
import type { Vmm } from '../vmm.js';
import { outputOfService } from './guest-output.js';
import { guestServices } from './guest-services.js';
import { reachIn } from './reach-sandbox.js';
import type { SandboxRecord } from './sandbox-record.js';
import type { Sandboxes } from './sandboxes.js';

/** Name of the service of the guest program that says what was written. */
const SERVICE = 'export-writes';

/** What {@link writtenArchive} works with. */
export interface WrittenArchiveOptions {
  readonly sandboxes: Sandboxes;
  /** Returns what starts machines; asked only for a sandbox that has stopped. */
  readonly host: () => Promise<{ readonly vmm: Vmm; readonly monitor: string }>;
  /** Returns the bootable disk of the sandbox's root; asked only for one that has stopped. */
  readonly rootDisk: () => Promise<RootDisk>;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Yields a tar archive of everything that a sandbox has written to its root filesystem, as overlayfs
 * keeps it; nothing at all for one that cannot write. One that runs goes on. The disk of one that has
 * stopped is read by a machine of its own, without network, ports or volumes, in which nothing of the
 * sandbox's runs; nobody can start the sandbox meanwhile. Hostile: it comes from a guest.
 *
 * @throws {MonoError} `SANDBOX_CHANGES_LOST` for a stopped sandbox that wrote to memory;
 *   `SANDBOX_NOT_RUNNING` for one that is starting or ending; `VM_SERVICE_FAILED`; as `runSandbox`
 */
export async function* writtenArchive(
  sandbox: SandboxRecord,
  options: WrittenArchiveOptions,
): AsyncGenerator<Uint8Array, void> {
  const { writes } = sandbox.spec.devices;
  if (writes.kind === 'nothing') return;
  if (sandbox.status !== 'stopped') {
    yield* archiveOfRunning(sandbox, options);
  } else if (writes.kind === 'disk') {
    yield* archiveOfStopped(sandbox, options);
  } else {
    throw lost(sandbox);
  }
}

async function* archiveOfRunning(
  sandbox: SandboxRecord,
  { sandboxes }: WrittenArchiveOptions,
): AsyncGenerator<Uint8Array, void> {
  const reached = await reachIn(sandboxes.directoryOf(sandbox));
  if (!reached) throw notReached(sandbox);
  try {
    yield* guestServices(reached.connection).exportWrites();
  } finally {
    reached.connection.close();
  }
}

async function* archiveOfStopped(
  sandbox: SandboxRecord,
  options: WrittenArchiveOptions,
): AsyncGenerator<Uint8Array, void> {
  const { sandboxes } = options;
  const [host, rootfs] = [await options.host(), await options.rootDisk()];
  const held = sandboxes.restart(sandbox, rootfs);
  const leaving = new AbortController();
  const signals = [leaving.signal, ...(options.signal ? [options.signal] : [])];
  let directory: string | undefined;
  let ending: Promise<unknown> = Promise.resolve();
  try {
    directory = await machineDirectory(sandboxes.directoryOf(sandbox));
    const machine = { ...host, directory, signal: AbortSignal.any(signals) };
    yield* outputOfService(SERVICE, (io) => {
      const running = runHelper(helperOf(held.spec), io, machine);
      ending = running.catch(() => undefined);
      return running;
    });
  } finally {
    leaving.abort();
    await ending;
    if (directory !== undefined) await removeTree(directory);
    await sandboxes.ended(held, sandbox.ending ?? ENDED_NEVER);
  }
}

/** How a sandbox that has never ended is noted to have. */
const ENDED_NEVER = { by: 'machine', value: 0, timedOut: false, atMs: 0 } as const;

async function runHelper(
  spec: SandboxSpec,
  io: SandboxIo,
  { vmm, monitor, directory, signal }: HelperMachine,
): Promise<SandboxExit> {
  return runSandbox(spec, io, {
    launch: (it) => launchMachine(it, { vmm, monitor, directory, watch: EPHEMERAL }),
    isService: true,
    signal,
  });
}

interface HelperMachine {
  readonly vmm: Vmm;
  readonly monitor: string;
  readonly directory: string;
  readonly signal: AbortSignal;
}

function helperOf({ devices, ...spec }: SandboxSpec): SandboxSpec {
  const process = { argv: [SERVICE], env: {}, cwd: '/', user: '' };
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

function lost({ name }: SandboxRecord): MonoError {
  return new MonoError(
    'SANDBOX_CHANGES_LOST',
    `Cannot tell what \`${name}\` has written: it wrote to memory and has stopped`,
    {
      details: { name },
      hint: 'Do it while the sandbox runs, or run it with `--persist`.',
    },
  );
}

function notReached({ name }: SandboxRecord): MonoError {
  return new MonoError('SANDBOX_NOT_RUNNING', `Cannot reach \`${name}\`: it does not answer`, {
    details: { name },
    hint: 'It may be starting or ending: see `mono ps`.',
  });
}
