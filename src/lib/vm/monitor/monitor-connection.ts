import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { AsyncQueue } from '../../base/async-queue.js';
import { MonoError } from '../../errors.js';
import { decodeFrames, encodeFrame, type Frame } from '../protocol/frame.js';
import { CLIENT_FRAME, MONITOR_FRAME, MONITOR_VERSION, PHASE } from './monitor-frame-types.js';
import { decodeEnding, type SandboxEnding } from './sandbox-ending.js';

/** What a monitor says first. */
export interface MonitorGreeting {
  /** version of the guest protocol that the sandbox was started with */
  readonly guestProtocol: number;
  readonly phase: keyof typeof PHASE;
  /** process id of the VMM; 0 while it has none */
  readonly vmmPid: number;
}

/** A connection to the monitor of a sandbox, and through it to the guest. */
export class MonitorConnection {
  /** rejected with `SANDBOX_UNREACHABLE` when the monitor says something else, or nothing */
  readonly greeting: Promise<MonitorGreeting>;
  /** how the sandbox ended; undefined when the connection ended before */
  readonly ended: Promise<SandboxEnding | undefined>;
  /** what the guest says to this client; ends with the connection; to be consumed once */
  readonly frames: AsyncIterable<Frame>;
  readonly #socket: Duplex;
  readonly #frames = new AsyncQueue<Frame>();
  readonly #waiting = new Map<number, (payload: Uint8Array | undefined) => void>();

  constructor(socket: Duplex) {
    this.#socket = socket;
    socket.on('error', () => undefined);
    this.greeting = this.#next(MONITOR_FRAME.greeting).then(decodeGreeting);
    this.ended = this.#next(MONITOR_FRAME.ended).then(
      (payload) => payload && decodeEnding(payload),
    );
    // Whoever asks for it hears of its failure.
    this.greeting.catch(() => undefined);
    this.frames = this.#frames;
    void this.#listen();
  }

  /** Sends frames; fulfilled when more may be sent. What a monitor that is gone gets is lost. */
  async send(pieces: readonly Uint8Array[]): Promise<void> {
    if (this.#socket.destroyed || !this.#socket.writable) return;
    if (this.#socket.write(Buffer.concat(pieces))) return;
    await Promise.race([once(this.#socket, 'drain'), this.ended]).catch(() => undefined);
  }

  /** Lets the sandbox live on without this client; fulfilled with whether it does. */
  async detach(): Promise<boolean> {
    const detached = this.#next(MONITOR_FRAME.detached);
    await this.send([encodeFrame(CLIENT_FRAME.detach, 0, new Uint8Array(0))]);
    return (await detached) !== undefined;
  }

  /** Makes `session` the main session; returns the credit for its input, undefined if it is taken. */
  async attach(session: number): Promise<number | undefined> {
    const attached = this.#next(MONITOR_FRAME.attached);
    await this.send([encodeFrame(CLIENT_FRAME.attach, session, new Uint8Array(0))]);
    const payload = await attached;
    return payload?.length === 4 ? viewOf(payload).getUint32(0, true) : undefined;
  }

  /** Sends a Linux signal to the main process. */
  async signal(number: number): Promise<void> {
    await this.send([encodeFrame(CLIENT_FRAME.signal, 0, Uint8Array.of(number))]);
  }

  /** Ends the machine at once. */
  async stop(): Promise<void> {
    await this.send([encodeFrame(CLIENT_FRAME.stop, 0, new Uint8Array(0))]);
  }

  /** Hangs up. */
  close(): void {
    this.#socket.destroy();
  }

  /** Is fulfilled with the payload of the next frame of a type, undefined when none comes. */
  #next(type: number): Promise<Uint8Array | undefined> {
    return new Promise((resolve) => this.#waiting.set(type, resolve));
  }

  async #listen(): Promise<void> {
    try {
      for await (const frame of decodeFrames(pieces(this.#socket))) this.#hear(frame);
      this.#frames.close();
    } catch (error) {
      this.#frames.fail(error);
      this.close();
    }
    for (const resolve of this.#waiting.values()) resolve(undefined);
    this.#waiting.clear();
  }

  /** What the guest says is bounded by the credit that the reader of the frames gives. */
  #hear(frame: Frame): void {
    if (frame.type < MONITOR_FRAME.greeting) {
      this.#frames.push(frame);
      return;
    }
    this.#waiting.get(frame.type)?.(frame.payload.slice());
    this.#waiting.delete(frame.type);
    if (frame.type === MONITOR_FRAME.ended) this.#frames.close();
  }
}

/** The reset of a connection is the same news as its end. */
async function* pieces(socket: Duplex): AsyncGenerator<Uint8Array, void> {
  try {
    for await (const piece of socket) yield piece as Uint8Array;
  } catch {
    return;
  }
}

function decodeGreeting(payload: Uint8Array | undefined): MonitorGreeting {
  if (payload === undefined || payload.length < 2) throw unreachable('it hung up');
  const view = viewOf(payload);
  const version = view.getUint16(0, true);
  if (version !== MONITOR_VERSION) throw unreachable('another version of mono started it');
  if (payload.length !== 9) throw unreachable('it said something unknown');
  const phases = Object.keys(PHASE) as (keyof typeof PHASE)[];
  const phase = phases.find((name) => PHASE[name] === view.getUint8(4)) ?? 'ending';
  return { guestProtocol: view.getUint16(2, true), phase, vmmPid: view.getUint32(5, true) };
}

function unreachable(reason: string): MonoError {
  return new MonoError('SANDBOX_UNREACHABLE', `Cannot talk to the sandbox's monitor: ${reason}`, {
    details: { reason },
    hint: 'See `mono ps`; `mono stop` ends it in any case.',
  });
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
