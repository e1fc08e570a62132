import { MonoError } from '../../errors.js';
import type { MonitorConnection } from '../monitor/monitor-connection.js';
import { PROTOCOL_VERSION } from '../protocol/frame-types.js';
import { decodeGuestEvent } from '../protocol/guest-event.js';
import type { ProcessSpec, SandboxExit, SandboxIo } from '../sandbox-spec.js';
import { ProcessTalk, type StartOptions } from './process-talk.js';

/** This client's number for its only process. */
const SESSION = 1;

/**
 * Runs a process in a sandbox that runs, and returns how it ended.
 *
 * @throws {MonoError} `SANDBOX_UNREACHABLE`; `SANDBOX_NOT_RUNNING` when the sandbox is not up yet or
 *   ends before the process; `VM_GUEST_SETUP_FAILED`, `VM_COMMAND_NOT_FOUND`,
 *   `VM_COMMAND_NOT_EXECUTABLE`, `VM_PROTOCOL`; and whatever a stream of `io` throws
 */
export async function execProcess(
  connection: MonitorConnection,
  io: SandboxIo,
  command: { readonly process: ProcessSpec; readonly options?: StartOptions },
): Promise<SandboxExit> {
  await checkRuns(connection);
  return talk(connection, io, (it) => it.start(command.process, command.options));
}

/**
 * Takes over the streams of the main process of a sandbox, and returns how it ended; undefined once
 * it is left to itself. Output from before is not repeated.
 *
 * @throws {MonoError} as {@link execProcess}; `SANDBOX_NOT_RUNNING` also while somebody else has them
 */
export async function attachToMain(
  connection: MonitorConnection,
  io: SandboxIo,
): Promise<SandboxExit | undefined> {
  await checkRuns(connection);
  const inputCreditBytes = await connection.attach(SESSION);
  if (inputCreditBytes === undefined) throw taken();
  const exit = talk(connection, io, (it) => it.join(inputCreditBytes));
  if (!io.left) return exit;
  return Promise.race([exit, io.left.then(() => undefined)]);
}

async function checkRuns(connection: MonitorConnection): Promise<void> {
  const { phase, guestProtocol } = await connection.greeting;
  if (phase === 'starting') throw notRunning('it is still starting');
  if (phase === 'ending') throw notRunning('it is ending');
  if (guestProtocol === PROTOCOL_VERSION) return;
  throw new MonoError('SANDBOX_UNREACHABLE', 'Another version of mono has started the sandbox', {
    details: { guestProtocol, needed: PROTOCOL_VERSION },
    hint: 'Start it again with this one: `mono restart NAME`.',
  });
}

async function talk(
  connection: MonitorConnection,
  io: SandboxIo,
  begin: (process: ProcessTalk) => void,
): Promise<SandboxExit> {
  const exit = await new Promise<SandboxExit | undefined>((resolve, reject) => {
    const process = new ProcessTalk({
      session: SESSION,
      io,
      send: (bytes) => connection.send([bytes]),
      onFailure: reject,
    });
    begin(process);
    listen(connection, process).then(resolve, reject);
  });
  if (exit) return exit;
  throw notRunning('it ended before the command');
}

async function listen(
  connection: MonitorConnection,
  process: ProcessTalk,
): Promise<SandboxExit | undefined> {
  for await (const frame of connection.frames) {
    const event = decodeGuestEvent(frame);
    const exit = event.kind === 'hello' ? undefined : await process.hear(event);
    if (exit) return exit;
  }
  return undefined;
}

function taken(): MonoError {
  return new MonoError('SANDBOX_NOT_RUNNING', 'Cannot attach to the sandbox: somebody else is', {
    details: { reason: 'attached' },
    hint: 'To see what it writes: `mono logs -f NAME`; to work in it: `mono shell NAME`.',
  });
}

function notRunning(reason: string): MonoError {
  return new MonoError('SANDBOX_NOT_RUNNING', `Cannot run anything in the sandbox: ${reason}`, {
    details: { reason },
    hint: 'See `mono ps`.',
  });
}
