import { MonoError } from '../errors.js';
import { checkDevices, type MachineDevices } from './devices.js';
import { pathsOf, type RootDisk } from './root-disk.js';

/** A terminal for a process. */
export interface TerminalSpec {
  readonly rows: number;
  readonly columns: number;
  /** value of TERM, unless the environment has one */
  readonly term?: string | undefined;
}

/** A process in a sandbox. */
export interface ProcessSpec {
  /** program and arguments; the program is looked up along PATH of `env` */
  readonly argv: readonly string[];
  /** complete environment but for PATH, HOME, HOSTNAME and TERM, which the guest fills in */
  readonly env: Readonly<Record<string, string>>;
  /** absolute path in the guest; made where it is missing */
  readonly cwd: string;
  /** `user`, `uid`, `user:group` or any mix; empty for root */
  readonly user: string;
  readonly tty?: TerminalSpec | undefined;
}

/** A machine and the process that it is for. */
export interface SandboxSpec {
  readonly rootfs: RootDisk;
  readonly cpus: number;
  /** size of the guest's memory in `MiB` */
  readonly memoryMib: number;
  readonly hostname: string;
  readonly devices: MachineDevices;
  readonly process: ProcessSpec;
}

/** The streams of a sandbox's process. */
export interface SandboxIo {
  /** read as fast as the process takes it; undefined for no input at all */
  readonly stdin: AsyncIterable<Uint8Array> | undefined;
  /** with a terminal gets everything; the next piece comes when the promise is fulfilled */
  stdout(bytes: Uint8Array): Promise<void> | void;
  stderr(bytes: Uint8Array): Promise<void> | void;
  readonly resizes?: AsyncIterable<{ readonly rows: number; readonly columns: number }> | undefined;
  readonly signals?: AsyncIterable<NodeJS.Signals> | undefined;
  /** fulfilled when the process is to go on without these streams, where it can */
  readonly left?: Promise<void> | undefined;
}

/** How a sandbox's process ended. */
export interface SandboxExit {
  /** the process's own code, or 128 and the number of the signal */
  readonly code: number;
  /** Linux's number of the signal that ended it */
  readonly signal?: number;
}

/** The most virtual processors: what the guest kernels are built for. */
export const MAX_CPUS = 64;
/** Below this the kernel does not reach the guest program. */
export const MIN_MEMORY_MIB = 64;
/** Above 1 TiB a number is a mistake in the unit. */
export const MAX_MEMORY_MIB = 1_048_576;
/** Longest host name of Linux (`HOST_NAME_MAX`). */
const MAX_HOSTNAME_BYTES = 64;
/** Longest string that execve takes, with its NUL byte (`MAX_ARG_STRLEN`). */
const MAX_STRING_BYTES = 131_072;
const MAX_TERMINAL_SIDE = 65_535;

/**
 * Checks everything about a spec that can be known before a machine starts.
 *
 * @throws {MonoError} `VM_SPEC_INVALID`
 */
export function checkSandboxSpec(spec: SandboxSpec): void {
  checkInteger('cpus', spec.cpus, [1, MAX_CPUS]);
  checkInteger('memory in MiB', spec.memoryMib, [MIN_MEMORY_MIB, MAX_MEMORY_MIB]);
  checkText('hostname', spec.hostname, MAX_HOSTNAME_BYTES);
  if (spec.hostname === '') throw invalid('hostname', 'it is empty');
  if (!pathsOf(spec.rootfs).every((path) => path.startsWith('/')))
    throw invalid('root filesystem', 'its path is not absolute');
  checkDevices(spec.devices);
  checkProcessSpec(spec.process);
}

function checkProcessSpec(command: ProcessSpec): void {
  if (command.argv.length === 0) throw invalid('command', 'it is empty');
  for (const argument of command.argv) checkText('argument', argument, MAX_STRING_BYTES - 1);
  for (const [name, value] of Object.entries(command.env)) {
    if (name === '' || name.includes('=')) throw invalid('variable', 'its name is not valid');
    checkText('variable', `${name}=${value}`, MAX_STRING_BYTES - 1);
  }
  checkText('user', command.user, MAX_STRING_BYTES - 1);
  checkText('directory', command.cwd, MAX_STRING_BYTES - 1);
  if (!command.cwd.startsWith('/')) throw invalid('directory', 'it is not absolute');
  if (command.tty) {
    checkInteger('rows', command.tty.rows, [0, MAX_TERMINAL_SIDE]);
    checkInteger('columns', command.tty.columns, [0, MAX_TERMINAL_SIDE]);
    checkText('TERM', command.tty.term ?? '', MAX_STRING_BYTES - 6);
  }
}

function checkInteger(what: string, value: number, [low, high]: readonly [number, number]): void {
  if (Number.isInteger(value) && value >= low && value <= high) return;
  throw invalid(what, `it is ${value} and must be a whole number from ${low} to ${high}`);
}

function checkText(what: string, text: string, limitBytes: number): void {
  if (text.includes('\0')) throw invalid(what, 'it holds a NUL character');
  if (Buffer.byteLength(text) > limitBytes) throw invalid(what, `it is over ${limitBytes} bytes`);
}

function invalid(what: string, reason: string): MonoError {
  return new MonoError('VM_SPEC_INVALID', `Cannot use the ${what} of the sandbox: ${reason}`, {
    details: { what, reason },
  });
}
