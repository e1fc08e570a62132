import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { CLIENT_FRAME, MONITOR_FRAME } from '../../../src/lib/vm/monitor/monitor-frame-types.js';
import { GUEST_FRAME, HOST_FRAME } from '../../../src/lib/vm/protocol/frame-types.js';
import { Sandboxes } from '../../../src/lib/vm/sandboxes/sandboxes.js';
import { startSandbox } from '../../../src/lib/vm/sandboxes/start-sandbox.js';
import type { Vmm } from '../../../src/lib/vm/vmm.js';
import { useTemporaryDirectory } from '../../support/temporary-directory.js';
import { newSandbox } from '../support/new-sandbox.js';

const temporary = useTemporaryDirectory();
const VMM: Vmm = {
  name: 'qemu',
  plan: () => ({ vmm: { file: '/bin/true', args: [] }, helpers: [], network: undefined }),
};
const SILENT = { stdin: undefined, stdout: () => undefined, stderr: () => undefined };

/** A monitor whose main process has ended with 3 when it is told to go on alone, as it then does. */
const MONITOR = `#!${process.execPath}
const { writeFileSync } = require('node:fs');
const { Socket } = require('node:net');
const socket = new Socket({ fd: 3, readable: true, writable: true });
function frame(type, session, payload) {
  const header = Buffer.alloc(8);
  header[0] = type;
  header.writeUInt16LE(session, 2);
  header.writeUInt32LE(payload.length, 4);
  return Buffer.concat([header, Buffer.from(payload)]);
}
let held = Buffer.alloc(0);
socket.on('data', (piece) => {
  held = Buffer.concat([held, piece]);
  while (held.length >= 8 && held.length >= 8 + held.readUInt32LE(4)) {
    hear(held[0]);
    held = held.subarray(8 + held.readUInt32LE(4));
  }
});
function hear(type) {
  if (type === ${CLIENT_FRAME.launch}) socket.write(frame(${GUEST_FRAME.hello}, 0, [2, 0]));
  if (type === ${HOST_FRAME.start}) {
    const started = frame(${GUEST_FRAME.started}, 1, [2, 0, 0, 0]);
    socket.write(Buffer.concat([started, frame(${GUEST_FRAME.exit}, 1, [0, 3])]));
  }
  if (type !== ${CLIENT_FRAME.detach}) return;
  writeFileSync('exit', Buffer.from([0, 3, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0]));
  socket.write(frame(${MONITOR_FRAME.detached}, 0, []));
  // ENDED would follow, to nobody.
}
socket.on('close', () => process.exit());
socket.on('error', () => process.exit());
socket.write(frame(${MONITOR_FRAME.greeting}, 0, [1, 0, 2, 0, 0, 0, 0, 0, 0]));
`;

let sandboxes: Sandboxes;

beforeEach(() => {
  sandboxes = new Sandboxes(temporary());
});

afterEach(() => {
  sandboxes.close();
});

it('leaves the record to the monitor when the process ends while it is being left', async () => {
  const monitor = join(temporary(), 'monitor');
  writeFileSync(monitor, MONITOR, { mode: 0o755 });
  const sandbox = await sandboxes.create(newSandbox('short'));
  const options = { sandboxes, vmm: VMM, monitor, isDetached: true, isNew: true };

  expect(await startSandbox(sandbox, SILENT, options)).toBeUndefined();

  expect(await sandboxes.find('short')).toMatchObject({
    status: 'stopped',
    ending: { by: 'code', value: 3, timedOut: false, atMs: 5 },
  });
});
