import { invariant, MonoError } from '../errors.js';
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
  /** whether the process of the spec is a service of the guest program */
  readonly isService?: boolean;
}

/** Options of {@link runOrLeaveSandbox}. */
export interface RunOrLeaveOptions extends RunSandboxOptions {
  /**
   * Is called when the process runs; when it is fulfilled with true, the machine is left alone and
   * the talk is over.
   */
  readonly onStarted?: ((machine: Machine) => Promise<boolean>) | undefined;
}

/**
 * Starts a machine, runs the process of the spec in it and returns how that ended. The machine is
 * gone when this returns or throws.
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
  const exit = await runOrLeaveSandbox(spec, io, options);
  invariant(exit, 'a machine that nobody leaves is heard to its end');
  return exit;
}

/**
 * Does what {@link runSandbox} does, but returns undefined as soon as `onStarted` has left the machine
 * alone.
 *
 * @throws {MonoError} as `runSandbox`
 */
export async function runOrLeaveSandbox(
  spec: SandboxSpec,
  io: SandboxIo,
  options: RunOrLeaveOptions,
): Promise<SandboxExit | undefined> {
  checkSandboxSpec(spec);
  if (options.signal?.aborted) throw cancelled();
  const machine = await options.launch(spec);
  const isLeft = { value: false };
  try {
    return await talk(machine, { spec, io, options, isLeft });
  } finally {
    if (!isLeft.value) await machine.stop();
  }
}

interface TalkOptions {
  readonly spec: SandboxSpec;
  readonly io: SandboxIo;
  readonly options: RunOrLeaveOptions;
  readonly isLeft: { value: boolean };
}

async function talk(machine: Machine, about: TalkOptions): Promise<SandboxExit | undefined> {
  const { spec, io, options, isLeft } = about;
  const { signal, bootTimeoutMs = BOOT_TIMEOUT_MS } = options;
  const failure = new AbortController();
  const letGo = new AbortController();
  function onFailure(error: unknown): void {
    failure.abort(error);
  }
  function onStarted(): void {
    options
      .onStarted?.(machine)
      .then((left) => {
        isLeft.value = left;
        if (left) letGo.abort();
      })
      .catch(onFailure);
  }
  const conversation = new Conversation({
    machine,
    spec,
    io,
    nowMs: () => Date.now(),
    isService: options.isService,
    onStarted,
    onFailure,
  });
  const timer = setTimeout(() => {
    if (conversation.state === 'booting') onFailure(ended(machine, 'booting'));
  }, bootTimeoutMs);
  function onAbort(): void {
    onFailure(cancelled());
  }
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    const exit = await Promise.race([
      conversation.run(),
      aborted(letGo.signal),
      rejection(failure.signal),
    ]);
    if (!exit && !isLeft.value) throw ended(machine, conversation.state);
    return exit;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}

/** Is fulfilled once the signal is aborted. */
function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
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
  const silence = state === 'booting' ? 'it does not answer' : 'its monitor has gone';
  const { cause = silence, console } = machine.diagnosis();
  const details = { cause, console };
  const why = console === '' ? `${cause}, and it said nothing` : `${cause}; it said\n${console}`;
  if (state === 'booting') {
    return new MonoError('VM_LAUNCH_FAILED', `Cannot start the microVM: ${why}`, {
      details,
      hint: 'Give it more memory, or see what its console says above.',
    });
  }
  return new MonoError('VM_STOPPED', `The microVM stopped before its command ended: ${why}`, {
    details,
    hint: 'It may have run out of memory; give it more.',
  });
}
