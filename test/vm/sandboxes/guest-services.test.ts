import { execFileSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectMonitor } from '../../../src/lib/vm/monitor/connect-monitor.js';
import {
  EPHEMERAL,
  launchMachine,
  type MonitoredMachine,
} from '../../../src/lib/vm/monitor/monitored-machine.js';
import { runOrLeaveSandbox } from '../../../src/lib/vm/run-sandbox.js';
import { guestServices, type GuestServices } from '../../../src/lib/vm/sandboxes/guest-services.js';
import { rejectionOf } from '../../support/failure.js';
import { useSandboxBench } from '../support/sandbox-bench.js';
import { MONITOR } from '../support/vmm-options.js';

const bench = useSandboxBench();
let directory = '';
let machine: MonitoredMachine;

/** Starts a sandbox that runs `script` and then stays, and waits until it has said `ready`. */
async function start(script: string): Promise<void> {
  directory = mkdtempSync(join(bench().directory, 'machine-'));
  let onReady: () => void = () => undefined;
  const ready = new Promise<void>((resolve) => {
    onReady = resolve;
  });
  await runOrLeaveSandbox(
    bench().spec(['sh', '-c', `${script}; echo ready; sleep 600`]),
    { stdin: undefined, stdout: () => onReady(), stderr: () => undefined },
    {
      launch: async (spec) =>
        (machine = await launchMachine(spec, {
          vmm: bench().vmm,
          monitor: MONITOR,
          directory,
          watch: EPHEMERAL,
        })),
      onStarted: async () => {
        await ready;
        return true;
      },
    },
  );
}

async function services(): Promise<GuestServices> {
  const connection = await connectMonitor(directory);
  if (!connection) throw new Error('the monitor does not answer');
  return guestServices(connection);
}

/** Unpacks an archive with GNU tar and returns the directory. */
async function unpack(archive: AsyncIterable<Uint8Array>): Promise<string> {
  const target = mkdtempSync(join(bench().directory, 'unpacked-'));
  const pieces: Uint8Array[] = [];
  for await (const piece of archive) pieces.push(piece);
  const options = ['--xattrs', '--xattrs-include=*', '-C', target, '-xf', '-'];
  execFileSync('tar', options, { input: Buffer.concat(pieces) });
  return target;
}

const WRITES = [
  'mkdir -p /new/deep; echo content >/new/deep/file',
  'chown 1000:70000 /new/deep/file; chmod 4711 /new/deep/file; ln /new/deep/file /new/link; ln -s deep/file /new/symlink',
  'mkfifo /new/fifo; mknod /new/device c 7 300; touch -d "2001-02-03 04:05:06" /new/fifo',
  'rm /etc/passwd; rm -r /home; mkdir /home; echo x >/home/own',
  'head -c 300000 /dev/urandom >/new/random; sha256sum </new/random >/new/sum',
  `echo long >"/new/$(printf %0200d 1)"`,
].join('; ');

describe('guestServices()', () => {
  beforeEach(async () => {
    await start(WRITES);
  });
  afterEach(async () => {
    await machine.stop();
  });

  it('exports what was written with its kinds, owners, modes, links and marks', async () => {
    const upper = await unpack((await services()).exportWrites());

    const file = statSync(join(upper, 'new/deep/file'));
    expect({ mode: file.mode & 0o7777, uid: file.uid, gid: file.gid }).toEqual({
      mode: 0o4711,
      uid: 1000,
      gid: 70_000,
    });
    expect(statSync(join(upper, 'new/link')).ino).toBe(file.ino);
    expect(lstatSync(join(upper, 'new/symlink')).isSymbolicLink()).toBe(true);
    expect(lstatSync(join(upper, 'new/fifo')).isFIFO()).toBe(true);
    expect(lstatSync(join(upper, 'new/fifo')).mtimeMs).toBe(Date.UTC(2001, 1, 3, 4, 5, 6));
    expect(lstatSync(join(upper, 'new/device')).rdev).toBe((7 << 8) | (300 & 0xff) | (0x100 << 12));
    expect(readFileSync(join(upper, 'new', `${'0'.repeat(199)}1`), 'latin1')).toBe('long\n');
    const whiteout = lstatSync(join(upper, 'etc/passwd'));
    expect([whiteout.isCharacterDevice(), whiteout.rdev]).toEqual([true, 0]);
    const marks = ['-h', '-d', '-m', '-', join(upper, 'home')];
    expect(execFileSync('getfattr', marks, { encoding: 'utf8' })).toContain(
      'trusted.overlay.opaque="y"',
    );
    expect(
      execFileSync('getfattr', ['-d', '-m', '-', join(upper, 'etc')], { encoding: 'utf8' }),
    ).toBe('');
    const sum = execFileSync('sha256sum', { input: readFileSync(join(upper, 'new/random')) });
    expect(sum.toString()).toBe(readFileSync(join(upper, 'new/sum'), 'latin1'));
    expect(existsSync(join(upper, 'bin/busybox'))).toBe(false);
  });

  it('copies a path out, and an archive in, under another name too', async () => {
    const out = await unpack((await services()).readPath('/new/deep'));
    expect(readFileSync(join(out, 'deep/file'), 'latin1')).toBe('content\n');

    mkdirSync(join(out, 'in/sub'), { recursive: true });
    writeFileSync(join(out, 'in/sub/file'), 'from the host\n', { mode: 0o640 });
    utimesSync(join(out, 'in/sub'), 5, 5);
    async function* archive(): AsyncGenerator<Uint8Array> {
      yield await Promise.resolve(
        execFileSync('tar', ['-C', out, '--format=pax', '-cf', '-', 'in']),
      );
    }
    await (await services()).writePath('/new', archive());
    await (await services()).writePath('/new/renamed', archive());
    const back = await unpack((await services()).readPath('/new/renamed/sub/file'));
    expect(readFileSync(join(back, 'file'), 'latin1')).toBe('from the host\n');
    expect(statSync(join(back, 'file')).mode & 0o7777).toBe(0o640);
    const other = await unpack((await services()).readPath('/new/in'));
    expect(readFileSync(join(other, 'in/sub/file'), 'latin1')).toBe('from the host\n');
    expect(statSync(join(other, 'in/sub')).mtimeMs).toBe(5000);
  });

  it('says what is wrong with a path, and with an archive', async () => {
    const missing = await rejectionOf(unpack((await services()).readPath('/no/such')));
    expect([missing.code, missing.message]).toEqual([
      'VM_SERVICE_FAILED',
      'The guest failed: /no/such: No such file or directory',
    ]);
    async function* garbage(): AsyncGenerator<Uint8Array> {
      yield await Promise.resolve(Buffer.alloc(2048, 'garbage'));
    }
    const error = await rejectionOf((await services()).writePath('/tmp', garbage()));
    expect(error.message).toContain('a header of the archive');
    expect(await (await services()).statistics()).toMatch(/^cpu .*\nMemTotal: /su);
  });
});
