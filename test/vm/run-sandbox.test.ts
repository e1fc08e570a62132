import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { rejectionOf } from '../support/failure.js';
import { STREAM_WINDOW_BYTES } from '../../src/lib/vm/protocol/frame-types.js';
import { openVmm } from '../../src/lib/vm/open-vmm.js';
import { runSandbox } from '../../src/lib/vm/run-sandbox.js';
import type { SandboxIo } from '../../src/lib/vm/sandbox-spec.js';
import { launchOn } from './support/launch-on.js';
import { useSandboxBench } from './support/sandbox-bench.js';
import { VMM_OPTIONS } from './support/vmm-options.js';

const bench = useSandboxBench();

function sha256(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

const SILENT: SandboxIo = {
  stdin: undefined,
  stdout: () => undefined,
  stderr: () => undefined,
};

/** Arguments that shells, command lines and C strings are known to mangle. */
const oddArguments = [
  '',
  ' two  spaces ',
  'line\nbreak\ttab',
  'quote " \' back\\slash $HOME `id` %s',
  'grüße ☃ 🧊',
  '--flag=-x',
];

describe('runSandbox()', () => {
  it('gives the process its arguments, environment, directory, host name and defaults', async () => {
    const script = [
      'printf "[%s]" "$@"; echo; pwd; id -u; id -G; hostname; umask; ulimit -Sn; ulimit -Hn',
      'echo "$GREETING|$PATH|$HOME|$HOSTNAME|${TERM-none}"; cat /proc/1/comm; cat /etc/hostname',
      'grep -c . /etc/hosts; ifconfig lo | grep -o 127.0.0.1; readlink /dev/fd; readlink /dev/ptmx; tty',
      'stat -c "%a %u" /new/directory',
      'grep -cE "tsc|kvm-clock" /sys/devices/system/clocksource/clocksource0/current_clocksource',
      'date +%s',
    ].join('\n');
    const before = Math.floor(Date.now() / 1000);

    const { exit, stdout, stderr } = await bench().run(
      ['sh', '-c', script, 'sh', ...oddArguments],
      {
        process: { env: { GREETING: 'hällo = x' }, cwd: '/new/directory' },
      },
    );

    expect(stderr).toBe('');
    expect(exit).toEqual({ code: 0 });
    const text = Buffer.from(stdout, 'latin1').toString('utf8');
    const echoed = oddArguments.map((argument) => `[${argument}]`).join('');
    expect(text.startsWith(`${echoed}\n`)).toBe(true);
    const lines = text.slice(echoed.length + 1).split('\n');
    expect(lines.slice(0, -2)).toEqual([
      ...['/new/directory', '0', '0 30', 'box', '0022', '1024', '524288'],
      'hällo = x|/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin|/root|box|none',
      ...['init', 'box', '3', '127.0.0.1', '/proc/self/fd', 'pts/ptmx', 'not a tty', '755 0', '1'],
    ]);
    expect(Number(lines.at(-2))).toBeGreaterThanOrEqual(before);
  });

  it('keeps output and error output apart and returns the exit code', async () => {
    const { exit, stdout, stderr } = await bench().run([
      'sh',
      '-c',
      'echo out; echo err >&2; exit 7',
    ]);

    expect({ exit, stdout, stderr }).toEqual({
      exit: { code: 7 },
      stdout: 'out\n',
      stderr: 'err\n',
    });
  });

  it('returns 128 and the number of the signal that ended the process', async () => {
    const { exit } = await bench().run(['sh', '-c', 'kill -9 $$']);

    expect(exit).toEqual({ code: 137, signal: 9 });
  });

  it('brings 10 MB of output to a slow reader intact, never holding more than a window', async () => {
    const hash = createHash('sha256');
    let underWay = 0;
    let most = 0;
    const script = 'yes 0123456789abcdef | head -c 10000000';

    const { exit } = await bench().run(['sh', '-c', script], {
      io: {
        async stdout(bytes) {
          most = Math.max(most, ++underWay);
          hash.update(bytes);
          await new Promise((resolve) => setImmediate(resolve));
          underWay--;
        },
      },
    });

    expect(exit).toEqual({ code: 0 });
    expect(most).toBe(1);
    expect(hash.digest('hex')).toBe(
      sha256('0123456789abcdef\n'.repeat(588_236).slice(0, 10_000_000)),
    );
  });

  it('feeds 3 MB of input to its end', async () => {
    const input = Buffer.alloc(3_000_000, 'mono ');
    async function* pieces(): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < input.length; at += 70_001)
        yield await Promise.resolve(input.subarray(at, at + 70_001));
    }

    const { exit, stdout } = await bench().run(['sh', '-c', 'cat | sha256sum'], {
      io: { stdin: pieces() },
    });

    expect(exit).toEqual({ code: 0 });
    expect(stdout).toBe(`${sha256(input)}  -\n`);
  });

  it('reads no more of the input than a window and a pipe while the process does not', async () => {
    let taken = 0;
    let takenBefore = Infinity;
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (;;) {
        taken += 1000;
        yield await Promise.resolve(new Uint8Array(1000));
      }
    }

    // What a process leaves unread is given back when it ends: that comes well after its word.
    const { exit } = await bench().run(['sh', '-c', 'sleep 0.3; echo now; sleep 1'], {
      io: { stdin: endless(), stdout: () => void (takenBefore = taken) },
    });

    expect(exit).toEqual({ code: 0 });
    expect(takenBefore).toBeLessThanOrEqual(STREAM_WINDOW_BYTES + 65_536 + 1000);
  });

  it('keeps writes in memory and leaves the image as it is', async () => {
    const before = sha256(readFileSync(bench().imagePath));
    const script =
      'echo new >/etc/passwd; rm -r /home; mkdir /tmp/a; cat /etc/passwd; ls -d /home /tmp/a';

    const { stdout } = await bench().run(['sh', '-c', script]);

    expect(stdout).toBe('new\n/tmp/a\n');
    expect(sha256(readFileSync(bench().imagePath))).toBe(before);
  });

  it('takes an environment of over a megabyte', async () => {
    const env: Record<string, string> = {};
    for (let index = 0; index < 12; index++) env[`LARGE_${index}`] = 'x'.repeat(100_000);

    const { stdout } = await bench().run(['sh', '-c', 'env | grep ^LARGE_ | wc -c'], {
      process: { env },
    });

    expect(Number(stdout)).toBe(12 * 100_000 + 10 * 9 + 2 * 10);
  });

  it('forwards signals', async () => {
    let onReady: () => void = () => undefined;
    const isReady = new Promise<void>((resolve) => {
      onReady = resolve;
    });
    async function* signals(): AsyncGenerator<NodeJS.Signals> {
      await isReady;
      yield 'SIGTERM';
    }

    const { exit } = await bench().run(
      ['sh', '-c', 'trap "exit 42" TERM; echo ready; while :; do sleep 0.1; done'],
      { io: { stdout: () => onReady(), signals: signals() } },
    );

    expect(exit).toEqual({ code: 42 });
  });

  it.each([
    { user: 'alice', id: '1000', groups: '1000 10 30', home: '/home/alice' },
    { user: '4711', id: '4711', groups: '0', home: '/' },
  ])('runs as $user', async ({ user, id, groups, home }) => {
    const script = 'id -u; id -G; echo $HOME; echo open >/dev/stdout';

    const { stdout } = await bench().run(['sh', '-c', script], { process: { user } });

    expect(stdout).toBe(`${id}\n${groups}\n${home}\nopen\n`);
  });

  it.each([
    { name: 'a missing command', argv: ['nosuch'], code: 'VM_COMMAND_NOT_FOUND' },
    {
      name: 'a command without a right to it',
      argv: ['/etc/not-executable'],
      code: 'VM_COMMAND_NOT_EXECUTABLE',
    },
    { name: 'a command of no format', argv: ['no-format'], code: 'VM_COMMAND_NOT_EXECUTABLE' },
    { name: 'an unknown user', argv: ['true'], user: 'nobody', code: 'VM_GUEST_SETUP_FAILED' },
    { name: 'an unknown group', argv: ['true'], user: 'root:no', code: 'VM_GUEST_SETUP_FAILED' },
    {
      name: 'a directory that is a file',
      argv: ['true'],
      cwd: '/etc/passwd',
      code: 'VM_GUEST_SETUP_FAILED',
    },
  ])('refuses $name', async ({ argv, user = '', cwd = '/', code }) => {
    const error = await rejectionOf(bench().run(argv, { process: { user, cwd } }));

    expect(error.code).toBe(code);
    expect(error.message).toContain(user || (cwd === '/' ? argv[0] : cwd));
  });

  it('says what is wrong with a root filesystem that is none', async () => {
    const path = join(bench().directory, 'garbage');
    writeFileSync(path, Buffer.alloc(65_536, 'garbage'));

    const error = await rejectionOf(
      bench().run(['true'], { spec: { rootfs: { format: 'raw', path } } }),
    );

    expect(error.code).toBe('VM_GUEST_SETUP_FAILED');
    expect(error.message).toContain('mount the image');
  });

  it('shows what QEMU says when it cannot start', async () => {
    const rootfs = { format: 'raw', path: join(bench().directory, 'does, not=exist') } as const;

    const error = await rejectionOf(bench().run(['true'], { spec: { rootfs } }));

    expect(error.code).toBe('VM_LAUNCH_FAILED');
    expect(error.message).toContain('Could not open');
    expect(error.message).toContain('does, not=exist');
  });

  it('shows the panic of a guest that dies before its first word', async () => {
    const program = join(bench().directory, 'no-program');
    writeFileSync(program, 'neither ELF nor a script\n');
    const { vmm } = await openVmm({ ...VMM_OPTIONS, guestProgram: program });
    const spec = bench().spec(['true']);

    const error = await rejectionOf(
      runSandbox(spec, SILENT, { launch: launchOn(vmm, bench().directory) }),
    );

    expect(error.code).toBe('VM_LAUNCH_FAILED');
    expect(error.message).toContain('Kernel panic');
  });

  it('gives up on a guest that says nothing in time', async () => {
    const run = runSandbox(bench().spec(['true']), SILENT, {
      launch: launchOn(bench().vmm, bench().directory),
      bootTimeoutMs: 1,
    });

    expect((await rejectionOf(run)).code).toBe('VM_LAUNCH_FAILED');
  });

  it('says that the machine stopped when it does so before its command', async () => {
    const error = await rejectionOf(bench().run(['reboot', '-f']));

    expect(error.code).toBe('VM_STOPPED');
    expect(error.message).toContain('its VMM ended with exit code 0');
  });

  it('ends the machine when it is aborted', async () => {
    const controller = new AbortController();

    const error = await rejectionOf(
      bench().run(['sh', '-c', 'echo up; sleep 60'], {
        signal: controller.signal,
        io: { stdout: () => controller.abort() },
      }),
    );

    expect(error.code).toBe('CANCELLED');
  });

  it('hands on what a stream of the caller throws', async () => {
    const failure = new Error('the pipe is closed');

    const run = bench().run(['echo', 'x'], {
      io: {
        stdout() {
          throw failure;
        },
      },
    });

    await expect(run).rejects.toBe(failure);
  });
});
