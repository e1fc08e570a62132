/*
 * One talk with a guest, from its first word to the end of the main process:
 *
 *   guest: HELLO
 *   host:  HELLO CLOCK ROOT HOSTNAME, then session 1: ARGUMENT… VARIABLE… START
 *   guest: STARTED | ERROR
 *   both:  INPUT, SIGNAL, RESIZE, CREDIT | OUTPUT, ERROR_OUTPUT, INPUT_CREDIT
 *   guest: EXIT
 */
import { MonoError } from '../../errors.js';
import { decodeFrames } from '../protocol/frame.js';
import { PROTOCOL_VERSION, STREAM } from '../protocol/frame-types.js';
import { decodeGuestEvent, type GuestEvent } from '../protocol/guest-event.js';
import * as frames from '../protocol/host-frames.js';
import { LINUX_SIGNALS } from '../protocol/linux-signals.js';
import { protocolError } from '../protocol/protocol-error.js';
import type { SandboxExit, SandboxIo, SandboxSpec } from '../sandbox-spec.js';
import type { Machine } from '../machine.js';
import { guestFailure } from './guest-failure.js';
import { InputPump } from './input-pump.js';
import { OutputStream } from './output-stream.js';

/** The session of the process that the sandbox is for. */
const MAIN_SESSION = 1;

/** What a {@link Conversation} is about. */
export interface ConversationOptions {
  readonly machine: Machine;
  readonly spec: SandboxSpec;
  readonly io: SandboxIo;
  readonly nowMs: () => number;
  /** is called when something beside the guest fails: a stream of the caller's */
  readonly onFailure: (error: unknown) => void;
}

/** How far a conversation has come. */
export type ConversationState = 'booting' | 'starting' | 'running';

/** The host's side of the protocol for one machine and its main process. */
export class Conversation {
  readonly #options: ConversationOptions;
  readonly #stdout: OutputStream;
  readonly #stderr: OutputStream;
  readonly #input: InputPump;
  #state: ConversationState = 'booting';

  constructor(options: ConversationOptions) {
    this.#options = options;
    const { io, machine, onFailure } = options;
    this.#stdout = new OutputStream({
      deliver: (bytes) => io.stdout(bytes),
      grant: (bytes) => this.#send([frames.creditFrame(MAIN_SESSION, STREAM.output, bytes)]),
      onFailure,
    });
    this.#stderr = new OutputStream({
      deliver: (bytes) => io.stderr(bytes),
      grant: (bytes) => this.#send([frames.creditFrame(MAIN_SESSION, STREAM.errorOutput, bytes)]),
      onFailure,
    });
    this.#input = new InputPump((bytes) => machine.send(frames.inputFrame(MAIN_SESSION, bytes)));
  }

  get state(): ConversationState {
    return this.#state;
  }

  /**
   * Talks until the main process has ended and its output is delivered. Returns undefined when the
   * machine ends before.
   *
   * @throws {MonoError} `VM_PROTOCOL`, `VM_GUEST_SETUP_FAILED`, `VM_COMMAND_NOT_FOUND`,
   *   `VM_COMMAND_NOT_EXECUTABLE`
   */
  async run(): Promise<SandboxExit | undefined> {
    for await (const frame of decodeFrames(this.#options.machine.received)) {
      const exit = this.#hear(decodeGuestEvent(frame));
      if (!exit) continue;
      await Promise.all([this.#stdout.drained(), this.#stderr.drained()]);
      return exit;
    }
    return undefined;
  }

  #hear(event: GuestEvent): SandboxExit | undefined {
    if (event.kind === 'error') throw guestFailure(event);
    if (event.kind === 'hello') {
      this.#introduce(event.version);
      return undefined;
    }
    if (event.session !== MAIN_SESSION)
      throw protocolError('it named a session that does not exist');
    if (event.kind === 'started') {
      this.#startPumps();
      return undefined;
    }
    if (this.#state !== 'running')
      throw protocolError('it spoke of a process that has not started');
    switch (event.kind) {
      case 'output':
        this.#stdout.accept(event.bytes);
        return undefined;
      case 'errorOutput':
        this.#stderr.accept(event.bytes);
        return undefined;
      case 'inputCredit':
        this.#input.addCredit(event.bytes);
        return undefined;
      case 'exit':
        return event.signal > 0 ? { code: event.code, signal: event.signal } : { code: event.code };
    }
  }

  #introduce(version: number): void {
    if (this.#state !== 'booting') throw protocolError('it introduced itself twice');
    if (version !== PROTOCOL_VERSION) throw wrongVersion(version);
    this.#state = 'starting';
    const { spec, io, nowMs } = this.#options;
    const withInput = io.stdin !== undefined;
    this.#send([
      ...frames.machineFrames({ hostname: spec.hostname, nowMs: nowMs() }),
      ...frames.startFrames(MAIN_SESSION, spec.process, { withInput }),
    ]);
  }

  #startPumps(): void {
    if (this.#state !== 'starting') throw protocolError('it started a process twice');
    this.#state = 'running';
    const { stdin, resizes, signals } = this.#options.io;
    const { onFailure } = this.#options;
    if (stdin) this.#input.run(stdin).catch(onFailure);
    if (resizes) this.#pumpResizes(resizes).catch(onFailure);
    if (signals) this.#pumpSignals(signals).catch(onFailure);
  }

  async #pumpResizes(resizes: NonNullable<SandboxIo['resizes']>): Promise<void> {
    for await (const { rows, columns } of resizes) {
      this.#send([frames.resizeFrame(MAIN_SESSION, rows, columns)]);
    }
  }

  async #pumpSignals(signals: NonNullable<SandboxIo['signals']>): Promise<void> {
    for await (const name of signals) {
      const number = LINUX_SIGNALS[name];
      if (number !== undefined) this.#send([frames.signalFrame(MAIN_SESSION, number)]);
    }
  }

  #send(pieces: readonly Uint8Array[]): void {
    this.#options.machine.send(Buffer.concat(pieces)).catch(this.#options.onFailure);
  }
}

function wrongVersion(version: number): MonoError {
  return new MonoError(
    'VM_PROTOCOL',
    `Cannot talk to the guest: it speaks version ${version}, needed is ${PROTOCOL_VERSION}`,
    { details: { version, needed: PROTOCOL_VERSION }, hint: 'Run `scripts/build-native`.' },
  );
}
