import type { SandboxIo } from '../../vm/sandbox-spec.js';
import type { SandboxRecord } from '../../vm/sandboxes/sandbox-record.js';
import { startSandbox } from '../../vm/sandboxes/start-sandbox.js';
import type { MachineHost } from '../compose/open-machine-host.js';
import type { Context } from '../context.js';
import { withProcessStreams } from '../run/process-streams.js';

/** How a sandbox is started. */
export interface StartOptions {
  readonly host: MachineHost;
  readonly isDetached: boolean;
  readonly isNew: boolean;
  /** whether the main process, attached, gets the stdin of this one */
  readonly hasInput: boolean;
}

/**
 * Starts a sandbox that is ready to start and returns an exit code: attached, that of its main
 * process, or 0 once it is left to itself; detached, 0 once that runs.
 */
export async function startCommand(
  context: Context,
  sandbox: SandboxRecord,
  { host, isDetached, isNew, hasInput }: StartOptions,
): Promise<number> {
  const sandboxes = await context.sandboxes();
  async function start(io: SandboxIo): Promise<number> {
    const { signal } = context;
    const options = { ...host, sandboxes, isDetached, isNew, signal };
    return (await startSandbox(sandbox, io, options))?.code ?? 0;
  }
  if (isDetached) return start(silentIo({ hasInput: sandbox.keepsInput ?? false }));
  const hasTerminal = sandbox.spec.process.tty !== undefined;
  return withProcessStreams(
    {
      hasInput,
      hasTerminal,
      canBeLeft: true,
      forwardSignals: (receiver) => context.forwardSignals(receiver),
    },
    start,
  );
}

/** The streams of a process that nobody listens to yet; its input stays open for one who will. */
function silentIo({ hasInput }: { readonly hasInput: boolean }): SandboxIo {
  return {
    stdin: hasInput ? openForever() : undefined,
    stdout: () => undefined,
    stderr: () => undefined,
  };
}

async function* openForever(): AsyncGenerator<Uint8Array, void> {
  yield await new Promise<never>(() => undefined);
}
