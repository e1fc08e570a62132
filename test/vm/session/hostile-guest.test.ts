import * as fc from '../../support/fast-check.js';
import { describe, expect, it } from 'vitest';
import { isMonoError } from '../../../src/lib/errors.js';
import { NO_DEVICES } from '../../../src/lib/vm/devices.js';
import { encodeFrame } from '../../../src/lib/vm/protocol/frame.js';
import {
  GUEST_FRAME,
  HOST_FRAME,
  PROTOCOL_VERSION,
  STREAM_WINDOW_BYTES,
} from '../../../src/lib/vm/protocol/frame-types.js';
import { runSandbox } from '../../../src/lib/vm/run-sandbox.js';
import type { SandboxIo, SandboxSpec } from '../../../src/lib/vm/sandbox-spec.js';
import { rejectionOf } from '../../support/failure.js';
import { scriptedMachines } from '../support/scripted-machine.js';

const SPEC: SandboxSpec = {
  rootfs: { format: 'raw', path: '/image' },
  cpus: 1,
  memoryMib: 256,
  hostname: 'box',
  devices: NO_DEVICES,
  process: { argv: ['program', 'argument'], env: { A: '1' }, cwd: '/work', user: 'web' },
};
const VERSION = [PROTOCOL_VERSION, 0];
const SILENT: SandboxIo = { stdin: undefined, stdout: () => undefined, stderr: () => undefined };
const { hello, started, exit, error: failure, output, errorOutput, inputCredit } = GUEST_FRAME;

function words(
  ...frames: readonly [type: number, session: number, payload: readonly number[]][]
): Uint8Array {
  return Buffer.concat(
    frames.map(([type, session, payload]) => encodeFrame(type, session, Uint8Array.from(payload))),
  );
}

/** What breaks the protocol, before or after the process has started, and how the error says so. */
const hostileWords: readonly {
  readonly name: string;
  readonly afterStart?: true;
  readonly bytes: Uint8Array;
  readonly says: string;
}[] = [
  {
    name: 'a header with a reserved byte set',
    bytes: Uint8Array.of(0x81, 1, 0, 0, 2, 0, 0, 0),
    says: 'not a frame',
  },
  {
    name: 'a payload over the limit',
    bytes: Uint8Array.of(0xa0, 0, 1, 0, 1, 0, 2, 0),
    says: 'not a frame',
  },
  { name: 'an unknown type', bytes: words([0x99, 1, []]), says: 'unknown type 153' },
  { name: 'a type of the host', bytes: words([HOST_FRAME.start, 1, []]), says: 'unknown type' },
  { name: 'another version', bytes: words([hello, 0, [1, 0]]), says: 'version 1' },
  { name: 'HELLO twice', bytes: words([hello, 0, VERSION], [hello, 0, VERSION]), says: 'twice' },
  { name: 'HELLO of another length', bytes: words([hello, 0, [1]]), says: 'length' },
  {
    name: 'output before the start',
    bytes: words([hello, 0, VERSION], [output, 1, [65]]),
    says: 'not started',
  },
  { name: 'an end before the start', bytes: words([exit, 1, [0, 0]]), says: 'not started' },
  { name: 'STARTED before HELLO', bytes: words([started, 1, [1, 0, 0, 0]]), says: 'twice' },
  { name: 'an ERROR that is too short', bytes: words([failure, 0, [1, 0]]), says: 'too short' },
  {
    name: 'a session that does not exist',
    afterStart: true,
    bytes: words([output, 2, [65]]),
    says: 'session',
  },
  {
    name: 'a piece that is too large',
    afterStart: true,
    bytes: encodeFrame(output, 1, new Uint8Array(32_769)),
    says: 'too large',
  },
  {
    name: 'an end of an unknown kind',
    afterStart: true,
    bytes: words([exit, 1, [2, 0]]),
    says: 'end that is none',
  },
  {
    name: 'an end by signal 0',
    afterStart: true,
    bytes: words([exit, 1, [1, 0]]),
    says: 'end that is none',
  },
  {
    name: 'credit for input it was not sent',
    afterStart: true,
    bytes: words([inputCredit, 1, [1, 0, 0, 0]]),
    says: 'took more',
  },
];

describe('runSandbox() with a hostile guest', () => {
  it.each(hostileWords)('refuses $name', async ({ afterStart, bytes, says }) => {
    const machines = scriptedMachines(async (guest) => {
      if (afterStart) await guest.start();
      guest.sendBytes(bytes);
    });

    const error = await rejectionOf(runSandbox(SPEC, SILENT, machines));

    expect(error.code).toBe('VM_PROTOCOL');
    expect(error.message).toContain(says);
    expect(machines.running()).toBe(0);
  });

  it('refuses more output than it gave credit for, and holds no more than that', async () => {
    const machines = scriptedMachines(async (guest) => {
      await guest.start();
      for (let sent = 0; sent <= STREAM_WINDOW_BYTES; sent += 32_768) {
        guest.send(errorOutput, 1, new Uint8Array(32_768));
      }
      await guest.next(0xff);
    });
    let delivered = 0;
    const io: SandboxIo = {
      ...SILENT,
      stderr: (bytes) => {
        delivered += bytes.length;
        return new Promise(() => undefined); // a reader that never comes back
      },
    };

    const error = await rejectionOf(runSandbox(SPEC, io, machines));

    expect(error.message).toContain('more output than it had credit for');
    expect(delivered).toBe(32_768);
  });

  it('prints no control character that a guest sends in an error', async () => {
    const machines = scriptedMachines(async (guest) => {
      guest.send(hello, 0, VERSION);
      await guest.next(HOST_FRAME.start);
      guest.send(failure, 1, [9, 0, 2, 0, ...Buffer.from('\x1b]0;title\x07\x1b[2Jx')]);
    });

    const error = await rejectionOf(runSandbox(SPEC, SILENT, machines));

    expect(error.code).toBe('VM_COMMAND_NOT_FOUND');
    expect(error.message).not.toMatch(/\p{Cc}/u);
  });

  it.each([
    { name: 'before its first word', started: false, code: 'VM_LAUNCH_FAILED' },
    { name: 'in the middle of a frame', started: true, code: 'VM_STOPPED' },
  ])('says so when the machine ends $name', async ({ started: isStarted, code }) => {
    const machines = scriptedMachines(async (guest) => {
      if (!isStarted) return;
      await guest.start();
      guest.sendBytes(Uint8Array.of(output, 0));
    });

    const error = await rejectionOf(runSandbox(SPEC, SILENT, machines));

    expect(error.code).toBe(code);
    expect(error.message).toContain('last words');
  });

  it('fails with a MonoError, or ends, whatever bytes come', async () => {
    const word = fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc
        .tuple(
          fc.constantFrom(...Object.values(GUEST_FRAME)),
          fc.integer({ min: 0, max: 2 }),
          fc.uint8Array({ maxLength: 6 }),
        )
        .map(([type, session, payload]) =>
          Uint8Array.of(type, 0, session, 0, payload.length, 0, 0, 0, ...payload),
        ),
    );

    await fc.assert(
      fc.asyncProperty(fc.array(word, { maxLength: 8 }), async (words) => {
        const machines = scriptedMachines((guest) => {
          guest.send(hello, 0, VERSION);
          guest.send(started, 1, [1, 0, 0, 0]);
          for (const bytes of words) guest.sendBytes(bytes);
          return Promise.resolve();
        });

        const outcome = await runSandbox(SPEC, SILENT, machines).catch((error: unknown) => error);

        expect(isMonoError(outcome) || Number.isInteger((outcome as { code: number }).code)).toBe(
          true,
        );
        expect(machines.running()).toBe(0);
      }),
      { numRuns: 300 },
    );
  });
});

describe('runSandbox() with a guest of few words', () => {
  it('tells the guest everything in the order of the protocol', async () => {
    const heard: [number, number, string][] = [];
    const machines = scriptedMachines(async (guest) => {
      guest.send(hello, 0, VERSION);
      for (;;) {
        const { value } = await guest.frames.next();
        if (!value) return;
        heard.push([value.type, value.session, Buffer.from(value.payload).toString('latin1')]);
        if (value.type === HOST_FRAME.start) break;
      }
      guest.send(started, 1, [2, 0, 0, 0]);
      guest.send(exit, 1, [0, 9]);
    });
    const terminal = { rows: 24, columns: 80, term: 'vt100' };
    const spec = { ...SPEC, process: { ...SPEC.process, tty: terminal } };

    expect(await runSandbox(spec, SILENT, machines)).toEqual({ code: 9 });

    expect(heard.filter(([type]) => type !== HOST_FRAME.clock)).toEqual([
      [HOST_FRAME.hello, 0, '\x02\0'],
      [HOST_FRAME.root, 0, '\0'],
      [HOST_FRAME.hostname, 0, 'box'],
      [HOST_FRAME.argument, 1, 'program'],
      [HOST_FRAME.argument, 1, 'argument'],
      [HOST_FRAME.variable, 1, 'A=1'],
      [HOST_FRAME.directory, 1, '/work'],
      [HOST_FRAME.user, 1, 'web'],
      [HOST_FRAME.variable, 1, 'TERM=vt100'],
      [HOST_FRAME.terminal, 1, '\x18\0\x50\0'],
      [HOST_FRAME.start, 1, '\0'],
    ]);
  });

  it('gives credit back for what was delivered, and waits for all of it at the end', async () => {
    let credit = 0;
    const machines = scriptedMachines(async (guest) => {
      await guest.start();
      for (let index = 0; index < 4; index++) guest.send(output, 1, new Uint8Array(32_768));
      credit = (await guest.next(HOST_FRAME.credit)).payload.length;
      guest.send(output, 1, [1, 2, 3]);
      guest.send(exit, 1, [1, 15]);
    });
    let delivered = 0;
    const io: SandboxIo = {
      ...SILENT,
      async stdout(bytes) {
        await new Promise((resolve) => setImmediate(resolve));
        delivered += bytes.length;
      },
    };

    expect(await runSandbox(SPEC, io, machines)).toEqual({ code: 143, signal: 15 });

    expect(credit).toBe(5);
    expect(delivered).toBe(4 * 32_768 + 3);
  });

  it('stops the source of the input at the window until credit comes', async () => {
    let taken = 0;
    let takenBeforeCredit = 0;
    async function* source(): AsyncGenerator<Uint8Array> {
      while (taken < STREAM_WINDOW_BYTES * 2) {
        taken += 50_000;
        yield await Promise.resolve(new Uint8Array(50_000));
      }
    }
    const machines = scriptedMachines(async (guest) => {
      await guest.start();
      let received = 0;
      while (received < STREAM_WINDOW_BYTES)
        received += (await guest.next(HOST_FRAME.input)).payload.length;
      await new Promise((resolve) => setImmediate(resolve));
      takenBeforeCredit = taken;
      guest.send(inputCredit, 1, [0, 0, 4, 0]);
      while (received < STREAM_WINDOW_BYTES * 2)
        received += (await guest.next(HOST_FRAME.input)).payload.length;
      guest.send(exit, 1, [0, 0]);
    });

    expect(await runSandbox(SPEC, { ...SILENT, stdin: source() }, machines)).toEqual({ code: 0 });

    expect(takenBeforeCredit).toBe(300_000);
  });
});
