import type { ProcessSpec } from '../sandbox-spec.js';
import type { GuestNetwork, MachineDevices } from '../devices.js';
import { mountFrames, networkFrames, rootFrame } from './device-frames.js';
import { encodeFrame } from './frame.js';
import { HOST_FRAME, PROTOCOL_VERSION, START_SERVICE, START_WITH_INPUT } from './frame-types.js';

/** What the guest is told about itself before a process starts. */
export interface MachineFacts {
  readonly hostname: string;
  /** milliseconds since the epoch */
  readonly nowMs: number;
  readonly devices: MachineDevices;
  readonly network: GuestNetwork | undefined;
}

/** Returns the frames that turn a booted guest into a sandbox. */
export function machineFrames(machine: MachineFacts): Uint8Array[] {
  const nanoseconds = new Uint8Array(8);
  new DataView(nanoseconds.buffer).setBigUint64(0, BigInt(machine.nowMs) * 1_000_000n, true);
  return [
    encodeFrame(HOST_FRAME.hello, 0, u16(PROTOCOL_VERSION)),
    encodeFrame(HOST_FRAME.clock, 0, nanoseconds),
    rootFrame(machine.devices.writes),
    encodeFrame(HOST_FRAME.hostname, 0, utf8(machine.hostname)),
    ...networkFrames(machine.network),
    ...mountFrames(machine.devices),
  ];
}

/** Returns the frames that start a process as session `session`. */
export function startFrames(
  session: number,
  command: ProcessSpec,
  options: { readonly withInput: boolean; readonly isService?: boolean },
): Uint8Array[] {
  const frames = [
    ...command.argv.map((argument) => encodeFrame(HOST_FRAME.argument, session, utf8(argument))),
    ...Object.entries(command.env).map(([name, value]) =>
      encodeFrame(HOST_FRAME.variable, session, utf8(`${name}=${value}`)),
    ),
    encodeFrame(HOST_FRAME.directory, session, utf8(command.cwd)),
    encodeFrame(HOST_FRAME.user, session, utf8(command.user)),
  ];
  if (command.tty) {
    if (command.tty.term !== undefined && command.env['TERM'] === undefined) {
      frames.push(encodeFrame(HOST_FRAME.variable, session, utf8(`TERM=${command.tty.term}`)));
    }
    frames.push(
      encodeFrame(HOST_FRAME.terminal, session, u16(command.tty.rows, command.tty.columns)),
    );
  }
  const flags =
    (options.withInput ? START_WITH_INPUT : 0) | (options.isService ? START_SERVICE : 0);
  return [...frames, encodeFrame(HOST_FRAME.start, session, Uint8Array.of(flags))];
}

/** Returns INPUT with a piece of the process's input; an empty piece is its end. */
export function inputFrame(session: number, bytes: Uint8Array): Uint8Array {
  return encodeFrame(HOST_FRAME.input, session, bytes);
}

/** Returns CREDIT: the guest may send that many more bytes on a stream. */
export function creditFrame(session: number, stream: number, bytes: number): Uint8Array {
  const payload = new Uint8Array(5);
  payload[0] = stream;
  new DataView(payload.buffer).setUint32(1, bytes, true);
  return encodeFrame(HOST_FRAME.credit, session, payload);
}

/** Returns SIGNAL with a Linux signal number. */
export function signalFrame(session: number, signal: number): Uint8Array {
  return encodeFrame(HOST_FRAME.signal, session, Uint8Array.of(signal));
}

/** Returns RESIZE with the size of the terminal. */
export function resizeFrame(session: number, rows: number, columns: number): Uint8Array {
  return encodeFrame(HOST_FRAME.resize, session, u16(rows, columns));
}

function u16(...values: number[]): Uint8Array {
  const bytes = new Uint8Array(values.length * 2);
  const view = new DataView(bytes.buffer);
  values.forEach((value, index) => view.setUint16(index * 2, value, true));
  return bytes;
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
