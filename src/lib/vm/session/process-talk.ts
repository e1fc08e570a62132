/*
 * The talk about one process, from START to its end:
 *
 *   host:  ARGUMENT… VARIABLE… START
 *   guest: STARTED | ERROR
 *   both:  INPUT, SIGNAL, RESIZE, CREDIT | OUTPUT, ERROR_OUTPUT, INPUT_CREDIT
 *   guest: EXIT
 */
import { STREAM, STREAM_WINDOW_BYTES } from '../protocol/frame-types.js';
import type { GuestEvent } from '../protocol/guest-event.js';
import * as frames from '../protocol/host-frames.js';
import { LINUX_SIGNALS } from '../protocol/linux-signals.js';
import { protocolError } from '../protocol/protocol-error.js';
import type { ProcessSpec, SandboxExit, SandboxIo } from '../sandbox-spec.js';
import { guestFailure } from './guest-failure.js';
import { InputPump } from './input-pump.js';
import { OutputStream } from './output-stream.js';

/** What a {@link ProcessTalk} is about. */
export interface ProcessTalkOptions {
  /** number of the session */
  readonly session: number;
  readonly io: SandboxIo;
  /** Sends bytes to the guest; fulfilled when more may be sent. */
  readonly send: (bytes: Uint8Array) => Promise<void>;
  /** is called when something beside the guest fails: a stream of the caller's */
  readonly onFailure: (error: unknown) => void;
}

/** How a process is started. */
export interface StartOptions {
  /** frames that are sent first, in the same piece of bytes */
  readonly before?: readonly Uint8Array[];
  /** whether the program is a service of the guest program */
  readonly isService?: boolean;
}

type ProcessEvent = Exclude<GuestEvent, { readonly kind: 'hello' }>;

/** The host's side of the protocol for one process. */
export class ProcessTalk {
  readonly #options: ProcessTalkOptions;
  readonly #stdout: OutputStream;
  readonly #stderr: OutputStream;
  readonly #input: InputPump;
  #state: 'new' | 'starting' | 'running' = 'new';

  constructor(options: ProcessTalkOptions) {
    this.#options = options;
    const { session, io, send, onFailure } = options;
    this.#stdout = new OutputStream({
      deliver: (bytes) => io.stdout(bytes),
      grant: (bytes) => this.#send([frames.creditFrame(session, STREAM.output, bytes)]),
      onFailure,
    });
    this.#stderr = new OutputStream({
      deliver: (bytes) => io.stderr(bytes),
      grant: (bytes) => this.#send([frames.creditFrame(session, STREAM.errorOutput, bytes)]),
      onFailure,
    });
    this.#input = new InputPump((bytes) => send(frames.inputFrame(session, bytes)));
  }

  /** Asks for the process. */
  start(command: ProcessSpec, { before = [], isService = false }: StartOptions = {}): void {
    this.#state = 'starting';
    const withInput = this.#options.io.stdin !== undefined;
    const { session } = this.#options;
    this.#send([...before, ...frames.startFrames(session, command, { withInput, isService })]);
  }

  /** Takes over a process that runs and takes `inputCreditBytes` of input for now. */
  join(inputCreditBytes: number): void {
    this.#state = 'running';
    this.#input.takeCredit(STREAM_WINDOW_BYTES - inputCreditBytes);
    this.#startPumps();
  }

  get isRunning(): boolean {
    return this.#state === 'running';
  }

  /**
   * Deals with what the guest says about the process. Returns how it ended once it has; its output is
   * then delivered.
   *
   * @throws {MonoError} `VM_PROTOCOL`, `VM_GUEST_SETUP_FAILED`, `VM_COMMAND_NOT_FOUND`,
   *   `VM_COMMAND_NOT_EXECUTABLE`
   */
  async hear(event: ProcessEvent): Promise<SandboxExit | undefined> {
    if (event.session !== this.#options.session && event.session !== 0)
      throw protocolError('it named a session that does not exist');
    if (event.kind === 'error') throw guestFailure(event);
    if (event.kind === 'started') {
      if (this.#state !== 'starting') throw protocolError('it started a process twice');
      this.#state = 'running';
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
        await Promise.all([this.#stdout.drained(), this.#stderr.drained()]);
        return event.signal > 0 ? { code: event.code, signal: event.signal } : { code: event.code };
    }
  }

  #startPumps(): void {
    const { stdin, resizes, signals } = this.#options.io;
    const { onFailure } = this.#options;
    if (stdin) this.#input.run(stdin).catch(onFailure);
    if (resizes) this.#pumpResizes(resizes).catch(onFailure);
    if (signals) this.#pumpSignals(signals).catch(onFailure);
  }

  async #pumpResizes(resizes: NonNullable<SandboxIo['resizes']>): Promise<void> {
    for await (const { rows, columns } of resizes) {
      this.#send([frames.resizeFrame(this.#options.session, rows, columns)]);
    }
  }

  async #pumpSignals(signals: NonNullable<SandboxIo['signals']>): Promise<void> {
    for await (const name of signals) {
      const number = LINUX_SIGNALS[name];
      if (number !== undefined) this.#send([frames.signalFrame(this.#options.session, number)]);
    }
  }

  #send(pieces: readonly Uint8Array[]): void {
    this.#options.send(Buffer.concat(pieces)).catch(this.#options.onFailure);
  }
}
