import { MonoError } from '../errors.js';
import { Conversation } from './session/conversation.js';
import {
  checkSandboxSpec,
  type SandboxExit,
  type SandboxIo,
  type SandboxSpec,
} from './sandbox-spec.js';
import type { Machine } from './machine.js';
import type { MachineSpec } from './vmm.js';

/** How long a guest may take to its first word, in `ms`: 100 times what an idle machine needs. */
export const BOOT_TIMEOUT_MS = 120_000;

/** Options of {@link runSandbox}. */
export interface RunSandboxOptions {
  /** Starts the machine; one that does not come up ends its channel. */
  readonly launch: (spec: MachineSpec) => Promise<Machine>;
  /** ends the machine at once */
  readonly signal?: AbortSignal | undefined;
  readonly bootTimeoutMs?: number;
}

/**
 * Starts a machine, runs the process of the spec in it and returns how that ended. The machine is
 * gone when this returns or throws. Writes of the process go to memory; the image stays as it is.
 *
 * @throws {MonoError} `VM_SPEC_INVALID`; `VM_LAUNCH_FAILED` when the guest does not come up (with
 *   the last lines of its console); `VM_STOPPED` when the machine ends before the process;
 *   `VM_GUEST_SETUP_FAILED`, `VM_COMMAND_NOT_FOUND`, `VM_COMMAND_NOT_EXECUTABLE`, `VM_PROTOCOL`;
 *   `CANCELLED`; and whatever a stream of `io` throws
 */
export async function runSandbox(
  spec: SandboxSpec,
  io: SandboxIo,
  options: RunSandboxOptions,
): Promise<SandboxExit> {
  checkSandboxSpec(spec);
  if (options.signal?.aborted) throw cancelled();
  const machine = await options.launch(spec);
  const failure = new AbortController();
  function onFailure(error: unknown): void {
    failure.abort(error);
  }
  const conversation = new Conversation({ machine, spec, io, nowMs: () => Date.now(), onFailure });
  const timer = setTimeout(() => {
    if (conversation.state === 'booting') onFailure(ended(machine, 'booting'));
  }, options.bootTimeoutMs ?? BOOT_TIMEOUT_MS);
  function onAbort(): void {
    onFailure(cancelled());
  }
  options.signal?.addEventListener('abort', onAbort, { once: true });
  try {
    const exit = await Promise.race([conversation.run(), rejection(failure.signal)]);
    if (!exit) throw ended(machine, conversation.state);
    return exit;
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener('abort', onAbort);
    await machine.stop();
  }
}

/** Rejects with the reason of the signal once that is aborted. */
function rejection(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- handed on as it came
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

function cancelled(): MonoError {
  return new MonoError('CANCELLED', 'The sandbox was stopped: the operation was interrupted');
}

function ended(machine: Machine, state: Conversation['state']): MonoError {
  const consoleText = machine.diagnosis();
  const details = { console: consoleText };
  const said = consoleText === '' ? 'it said nothing' : `it said\n${consoleText}`;
  if (state === 'booting') {
    return new MonoError('VM_LAUNCH_FAILED', `Cannot start the microVM: ${said}`, {
      details,
      hint: 'Give it more memory, or see what its console says above.',
    });
  }
  return new MonoError('VM_STOPPED', `The microVM stopped before its command ended: ${said}`, {
    details,
    hint: 'It may have run out of memory; give it more.',
  });
}
