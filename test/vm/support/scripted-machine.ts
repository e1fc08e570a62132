import { PassThrough } from 'node:stream';
import { decodeFrames, encodeFrame, type Frame } from '../../../src/lib/vm/protocol/frame.js';
import { GUEST_FRAME, PROTOCOL_VERSION } from '../../../src/lib/vm/protocol/frame-types.js';
import type { Machine } from '../../../src/lib/vm/machine.js';

/** The guest's end of a machine in memory. */
export interface ScriptedGuest {
  /** what the host sends; consumed once */
  readonly frames: AsyncIterator<Frame, void>;
  send(type: number, session: number, payload?: Uint8Array | readonly number[]): void;
  sendBytes(bytes: Uint8Array): void;
  /** Says HELLO, waits for START and says STARTED for session 1. */
  start(): Promise<void>;
  /** Returns the next frame of a type; those before it are passed over. */
  next(type: number): Promise<Frame>;
  end(): void;
}

/** Starts guests that follow a script instead of machines. */
export interface ScriptedMachines {
  launch(): Promise<Machine>;
  /** how many machines run */
  readonly running: () => number;
}

/** Returns machines whose guest behaves as `script` says and ends with it. */
export function scriptedMachines(
  script: (guest: ScriptedGuest) => Promise<void>,
): ScriptedMachines {
  let running = 0;
  return {
    running: () => running,
    launch() {
      running++;
      const toHost = new PassThrough();
      const toGuest = new PassThrough();
      script(guestOn(toHost, toGuest)).then(
        () => toHost.end(),
        (error: unknown) => toHost.destroy(error as Error),
      );
      const machine = machineOn(toHost, toGuest, () => {
        running--;
      });
      return Promise.resolve(machine);
    },
  };
}

function machineOn(toHost: PassThrough, toGuest: PassThrough, onStop: () => void): Machine {
  return {
    network: undefined,
    frames: decodeFrames(toHost),
    send(bytes) {
      toGuest.write(bytes);
      return Promise.resolve();
    },
    diagnosis: () => ({ cause: 'it had its reasons', console: 'last words' }),
    stop() {
      onStop();
      return Promise.resolve();
    },
  };
}

function guestOn(toHost: PassThrough, toGuest: PassThrough): ScriptedGuest {
  const frames = decodeFrames(toGuest);
  const guest: ScriptedGuest = {
    frames,
    send: (type, session, payload = []) =>
      toHost.write(encodeFrame(type, session, Uint8Array.from(payload))),
    sendBytes: (bytes) => toHost.write(bytes),
    async start() {
      guest.send(GUEST_FRAME.hello, 0, [PROTOCOL_VERSION, 0]);
      await guest.next(0x15);
      guest.send(GUEST_FRAME.started, 1, [2, 0, 0, 0]);
    },
    async next(type) {
      for (;;) {
        const { value } = await frames.next();
        if (!value) throw new Error('the host has ended');
        if (value.type === type) return value;
      }
    },
    end: () => toHost.end(),
  };
  return guest;
}
