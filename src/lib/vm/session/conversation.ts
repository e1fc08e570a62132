/*
 * One talk with a guest, from its first word to the end of the main process:
 *
 *   guest: HELLO
 *   host:  HELLO CLOCK ROOT HOSTNAME, then session 1
 */
import { MonoError } from '../../errors.js';
import type { Machine } from '../machine.js';
import { PROTOCOL_VERSION } from '../protocol/frame-types.js';
import { decodeGuestEvent, type GuestEvent } from '../protocol/guest-event.js';
import { machineFrames } from '../protocol/host-frames.js';
import { protocolError } from '../protocol/protocol-error.js';
import type { SandboxExit, SandboxIo, SandboxSpec } from '../sandbox-spec.js';
import { guestFailure } from './guest-failure.js';
import { ProcessTalk } from './process-talk.js';

/** The session of the process that the sandbox is for. */
const MAIN_SESSION = 1;

/** What a {@link Conversation} is about. */
export interface ConversationOptions {
  readonly machine: Machine;
  readonly spec: SandboxSpec;
  readonly io: SandboxIo;
  readonly nowMs: () => number;
  /** whether the main process is a service of the guest program */
  readonly isService?: boolean | undefined;
  /** is called once the main process runs */
  readonly onStarted?: (() => void) | undefined;
  /** is called when something beside the guest fails: a stream of the caller's */
  readonly onFailure: (error: unknown) => void;
}

/** How far a conversation has come. */
export type ConversationState = 'booting' | 'starting' | 'running';

/** The host's side of the protocol for one machine and its main process. */
export class Conversation {
  readonly #options: ConversationOptions;
  readonly #main: ProcessTalk;
  #isIntroduced = false;

  constructor(options: ConversationOptions) {
    this.#options = options;
    const { machine, io, onFailure } = options;
    this.#main = new ProcessTalk({
      session: MAIN_SESSION,
      io,
      send: (bytes) => machine.send(bytes),
      onFailure,
    });
  }

  get state(): ConversationState {
    if (this.#main.isRunning) return 'running';
    return this.#isIntroduced ? 'starting' : 'booting';
  }

  /**
   * Talks until the main process has ended and its output is delivered. Returns undefined when the
   * machine ends before.
   *
   * @throws {MonoError} `VM_PROTOCOL`, `VM_GUEST_SETUP_FAILED`, `VM_COMMAND_NOT_FOUND`,
   *   `VM_COMMAND_NOT_EXECUTABLE`
   */
  async run(): Promise<SandboxExit | undefined> {
    for await (const frame of this.#options.machine.frames) {
      const exit = await this.#hear(decodeGuestEvent(frame));
      if (exit) return exit;
    }
    return undefined;
  }

  async #hear(event: GuestEvent): Promise<SandboxExit | undefined> {
    if (event.kind === 'error') throw guestFailure(event);
    if (event.kind === 'hello') {
      this.#introduce(event.version);
      return undefined;
    }
    const exit = await this.#main.hear(event);
    if (event.kind === 'started') this.#options.onStarted?.();
    return exit;
  }

  #introduce(version: number): void {
    if (this.#isIntroduced) throw protocolError('it introduced itself twice');
    if (version !== PROTOCOL_VERSION) throw wrongVersion(version);
    this.#isIntroduced = true;
    const { machine, spec, nowMs, isService = false } = this.#options;
    const { hostname, devices } = spec;
    const facts = { hostname, devices, network: machine.network, nowMs: nowMs() };
    this.#main.start(spec.process, { before: machineFrames(facts), isService });
  }
}

function wrongVersion(version: number): MonoError {
  return new MonoError(
    'VM_PROTOCOL',
    `Cannot talk to the guest: it speaks version ${version}, needed is ${PROTOCOL_VERSION}`,
    { details: { version, needed: PROTOCOL_VERSION }, hint: 'Run `scripts/build-native`.' },
  );
}
