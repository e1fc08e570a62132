import { MonoError } from '../../errors.js';
import { guestServices } from './guest-services.js';
import { holdStopped, type HoldStoppedOptions } from './hold-stopped.js';
import { reachIn } from './reach-sandbox.js';
import type { SandboxRecord } from './sandbox-record.js';

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
  options: HoldStoppedOptions,
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
  { sandboxes }: Pick<HoldStoppedOptions, 'sandboxes'>,
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
  options: HoldStoppedOptions,
): AsyncGenerator<Uint8Array, void> {
  const held = await holdStopped(sandbox, options);
  try {
    yield* held.services.exportWrites();
  } finally {
    await held.release();
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
