import { MonoError } from '../../errors.js';
import type { ProcessSpec, SandboxExit, SandboxIo } from '../../vm/sandbox-spec.js';
import { reachSandbox, type ReachedSandbox } from '../../vm/sandboxes/reach-sandbox.js';
import { attachToMain, execProcess } from '../../vm/session/exec-process.js';
import { withProcessStreams, type ProcessStreamsOptions } from '../run/process-streams.js';
import { terminalSize } from '../terminal/terminal.js';

/** What is run in a sandbox. */
export interface ExecRequest {
  readonly argv: readonly string[];
  readonly interactive: boolean;
  readonly tty: boolean;
  readonly env?: ReadonlyMap<string, string> | undefined;
  readonly workdir?: string | undefined;
  readonly user?: string | undefined;
}

/** Passes signals on to the receiver until the returned function is called. */
type ForwardSignals = (receiver: (signal: NodeJS.Signals) => void) => () => void;

/** Runs a process in a sandbox with the streams of this one, and returns its exit code. */
export async function execIn(
  { connection, main }: ReachedSandbox,
  request: ExecRequest,
  forwardSignals: ForwardSignals,
): Promise<number> {
  const { interactive: hasInput, tty: hasTerminal } = request;
  const process = processOf(request, main);
  return talk(connection, { hasInput, hasTerminal, forwardSignals }, (io) =>
    execProcess(connection, io, { process }),
  );
}

/**
 * Gives the main process of a sandbox the streams of this one, and returns its exit code; 0 once it is
 * left to itself.
 */
export async function attachIn(
  { connection, main }: ReachedSandbox,
  forwardSignals: ForwardSignals,
): Promise<number> {
  const hasTerminal = main.tty !== undefined;
  const options = { hasInput: true, hasTerminal, canBeLeft: true, forwardSignals };
  return talk(connection, options, (io) => attachToMain(connection, io));
}

/**
 * Returns a connection to a sandbox by name or id, asked of the database only where that is needed.
 *
 * @param whereIs returns its directory, or throws what is wrong with the name
 * @throws {MonoError} `SANDBOX_NOT_FOUND`, `SANDBOX_NOT_RUNNING`
 */
export async function reach(
  dataDirectory: string,
  nameOrId: string,
  whereIs: () => Promise<ReachedSandbox | undefined>,
): Promise<ReachedSandbox> {
  const reached = (await reachSandbox(dataDirectory, nameOrId)) ?? (await whereIs());
  if (reached) return reached;
  throw new MonoError('SANDBOX_NOT_RUNNING', `Cannot reach \`${nameOrId}\`: it does not run`, {
    details: { name: nameOrId },
    hint: `Start it: \`mono start ${nameOrId}\`.`,
  });
}

async function talk(
  connection: ReachedSandbox['connection'],
  options: ProcessStreamsOptions,
  work: (io: SandboxIo) => Promise<SandboxExit | undefined>,
): Promise<number> {
  try {
    return (await withProcessStreams(options, work))?.code ?? 0;
  } finally {
    connection.close();
  }
}

/** What the request leaves open is as it is for the main process. */
function processOf(request: ExecRequest, main: ProcessSpec): ProcessSpec {
  const size = request.tty ? terminalSize(process.stdout) : undefined;
  return {
    argv: request.argv,
    env: { ...main.env, ...Object.fromEntries(request.env ?? []) },
    cwd: request.workdir ?? main.cwd,
    user: request.user ?? main.user,
    ...(size ? { tty: { ...size, term: process.env['TERM'] } } : {}),
  };
}
