import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import {
  mkdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, connect, type AddressInfo, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NO_DEVICES, type MachineDevices } from '../../src/lib/vm/devices.js';
import { createDisk } from '../../src/lib/vm/create-disk.js';
import { DISK_TEMPLATE } from './support/vmm-options.js';
import { outsideAddress } from '../support/outside-address.js';
import { useSandboxBench } from './support/sandbox-bench.js';

const OUTSIDE = outsideAddress();

const bench = useSandboxBench();

/** The name of each test says what the machine has. */
function withDevices(devices: Partial<MachineDevices>) {
  return { spec: { devices: { ...NO_DEVICES, ...devices } } };
}

describe('a disk for writes', () => {
  it('keeps what the sandbox has written for the next one', async () => {
    const path = join(bench().directory, 'kept.ext4');
    await createDisk({ path, template: DISK_TEMPLATE, sizeBytes: 2 * 1024 ** 3 });
    const devices = withDevices({ writes: { kind: 'disk', path } });

    const first = await bench().run(
      ['sh', '-c', 'echo kept > /root-file; rm /etc/not-executable; df -m / | tail -n 1'],
      devices,
    );
    const second = await bench().run(['sh', '-c', 'cat /root-file; ls /etc'], devices);

    expect(second.stdout).toMatch(/^kept\n/);
    expect(second.stdout).not.toContain('not-executable');
    expect(Number(first.stdout.split(/\s+/)[1])).toBeGreaterThan(1900);
    expect(statSync(path).blocks * 512).toBeLessThan(64 * 1024 ** 2);
    execFileSync('e2fsck', ['-fn', path], { stdio: 'ignore' });
  });

  it('is used by one machine at a time', async () => {
    const path = join(bench().directory, 'one.ext4');
    await createDisk({ path, template: DISK_TEMPLATE, sizeBytes: 1024 ** 3 });
    const devices = withDevices({ writes: { kind: 'disk', path } });
    const stop = new AbortController();
    const { isUp, up } = announcement();
    const first = bench().run(['sh', '-c', 'echo up; sleep 600'], {
      ...devices,
      signal: stop.signal,
      io: { stdout: () => up() },
    });
    await isUp;

    await expect(bench().run(['true'], devices)).rejects.toThrow(/lock/);
    stop.abort();
    await expect(first).rejects.toThrow(/interrupted/);
  });
});

describe('a disk at a place of its own', () => {
  it('has the owner of the place and nothing in it, and keeps what it gets', async () => {
    const kept = join(bench().directory, 'data.ext4');
    const writes = join(bench().directory, 'disk.ext4');
    for (const path of [kept, writes])
      await createDisk({ path, template: DISK_TEMPLATE, sizeBytes: 1024 ** 3 });
    const disk = { path: kept, guestPath: '/home/alice', readOnly: false };
    const first = await bench().run(
      ['sh', '-c', 'ls -la /home/alice; stat -c %u /home/alice; echo kept > /home/alice/file'],
      withDevices({ disks: [disk], writes: { kind: 'disk', path: writes } }),
    );
    const second = await bench().run(
      ['sh', '-c', 'cat /data/file; echo no > /data/file'],
      withDevices({ disks: [{ ...disk, guestPath: '/data', readOnly: true }] }),
    );

    expect(first.stdout).not.toContain('lost+found');
    expect(first.stdout).toMatch(/\n1000\n$/);
    expect(second.stdout).toBe('kept\n');
    expect(second.stderr).toContain('Read-only file system');
  });
});

describe('a root without writes', () => {
  it('refuses them', async () => {
    const result = await bench().run(
      ['sh', '-c', 'echo no > /file; echo yes > /tmp/file && cat /tmp/file'],
      withDevices({ writes: { kind: 'nothing' }, memoryMounts: [{ path: '/tmp', sizeMib: 8 }] }),
    );

    expect(result.stderr).toContain('Read-only file system');
    expect(result.stdout).toBe('yes\n');
  });
});

describe('the network', () => {
  let server: Server;
  beforeAll(async () => {
    server = createServer((socket) => socket.end('from the host\n'));
    server.listen(0, OUTSIDE);
    await once(server, 'listening');
  });
  afterAll(() => void server.close());

  it('is not there unless it is asked for', async () => {
    const result = await bench().run(['sh', '-c', 'ls /sys/class/net; cat /etc/resolv.conf']);

    expect(result.stdout).not.toContain('eth0');
  });

  it('reaches out and knows a name server', async () => {
    const { port } = server.address() as AddressInfo;
    const result = await bench().run(
      ['sh', '-c', `cat /etc/resolv.conf; nc ${OUTSIDE} ${port}`],
      withDevices({ network: 'outbound' }),
    );

    expect(result.stdout).toBe('nameserver 10.0.2.3\nfrom the host\n');
  });

  it('leads from a port of the host to one of the guest, also where the guest cannot reach out', async () => {
    const { port } = server.address() as AddressInfo;
    const hostPort = await freePort();
    const forward = { protocol: 'tcp', hostAddress: '127.0.0.1', hostPort, guestPort: 80 } as const;
    const { isUp, up } = announcement();
    const run = bench().run(
      ['sh', '-c', `echo up; nc -w 2 ${OUTSIDE} ${port}; echo from the guest | nc -l -p 80`],
      { ...withDevices({ ports: [forward] }), io: { stdout: () => up() } },
    );
    await isUp;

    expect(await readAll(hostPort)).toBe('from the guest\n');
    const { exit, stdout } = await run;
    expect(exit).toEqual({ code: 0 });
    expect(stdout).not.toContain('from the host');
  });
});

describe('a shared directory', () => {
  function share(name: string): string {
    const directory = join(bench().directory, name);
    mkdirSync(directory);
    writeFileSync(join(directory, 'file'), 'of the host\n');
    return directory;
  }

  it('is the same on all sides, of the host and of two machines at a time', async () => {
    const hostPath = share('all, sides');
    const meet = (own: string, other: string): string[] => [
      'sh',
      '-c',
      `cat /srv/data/file; echo of a guest > /srv/data/${own}; until [ -e /srv/data/${other} ]; do sleep 0.1; done`,
    ];
    const devices = withDevices({
      volumes: [{ hostPath, guestPath: '/srv/data', readOnly: false }],
    });
    const results = await Promise.all([
      bench().run(meet('one', 'two'), devices),
      bench().run(meet('two', 'one'), devices),
    ]);

    expect(results.map(({ stdout }) => stdout)).toEqual(['of the host\n', 'of the host\n']);
    expect(readFileSync(join(hostPath, 'two'), 'utf8')).toBe('of a guest\n');
  });

  it('cannot be written through a read-only mount, nor by mounting it again', async () => {
    const hostPath = share('read-only');
    const result = await bench().run(
      ['sh', '-c', 'mount -o remount,rw /data; echo no > /data/file; cat /data/file'],
      withDevices({ volumes: [{ hostPath, guestPath: '/data', readOnly: true }] }),
    );

    expect(result.stderr).toContain('Read-only file system');
    expect(result.stdout).toBe('of the host\n');
  });

  it('leads nowhere else through links', async () => {
    const hostPath = share('links');
    writeFileSync(join(bench().directory, 'secret'), 'secret\n');
    symlinkSync('../secret', join(hostPath, 'relative'));
    symlinkSync(join(bench().directory, 'secret'), join(hostPath, 'absolute'));
    const result = await bench().run(
      ['sh', '-c', 'cat /data/relative; cat /data/absolute; ln -s /etc/hostname /data/of-guest'],
      withDevices({ volumes: [{ hostPath, guestPath: '/data', readOnly: false }] }),
    );

    expect(result.stdout).toBe('');
    expect(result.stderr.match(/No such file/g)).toHaveLength(2);
    expect(readlinkSync(join(hostPath, 'of-guest'))).toBe('/etc/hostname');
  });

  it('beside another one, and below a filesystem in memory', async () => {
    const devices = withDevices({
      volumes: [
        { hostPath: share('one'), guestPath: '/mnt/memory/one', readOnly: true },
        { hostPath: share('two'), guestPath: '/two', readOnly: false },
      ],
      memoryMounts: [{ path: '/mnt/memory' }],
    });
    const result = await bench().run(['sh', '-c', 'cat /mnt/memory/one/file /two/file'], devices);

    expect(result.stdout).toBe('of the host\nof the host\n');
  });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

/** A forwarded port accepts before the guest listens, and then closes: so it is asked again. */
async function readAll(port: number): Promise<string> {
  for (;;) {
    let text = '';
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => (text += bytes.toString()));
    await once(socket, 'close');
    if (text !== '') return text;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** A promise and what fulfils it. */
function announcement(): { readonly isUp: Promise<void>; readonly up: () => void } {
  let up = (): void => undefined;
  const isUp = new Promise<void>((resolve) => {
    up = resolve;
  });
  return { isUp, up };
}
