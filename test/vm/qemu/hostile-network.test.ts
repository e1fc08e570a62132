/*
 * Guests of QEMU that are root, know how its network works, and want to reach what the host keeps to
 * itself.
 */
import { execFileSync } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { NO_DEVICES, type MachineDevices } from '../../../src/lib/vm/devices.js';
import { file } from '../../rootfs/support/test-tree.js';
import { outsideAddress } from '../../support/outside-address.js';
import { writeBusyboxImage } from '../support/busybox-image.js';
import { useSandboxBench, type SandboxResult } from '../support/sandbox-bench.js';

const SECRET = 'for this host alone';
const OUTSIDE = outsideAddress();
/** A datagram to a guest that is not up yet is lost. */
const ATTEMPTS = 300;
const POLL_MS = 100;

const bench = useSandboxBench();
let imagePath = '';
beforeAll(async () => {
  const { directory } = bench();
  const program = join(directory, 'datagrams');
  const source = join(import.meta.dirname, '../support/datagrams.c');
  execFileSync('gcc', ['-static', '-Wall', '-Wextra', '-Werror', '-o', program, source]);
  imagePath = join(directory, 'with-datagrams.erofs');
  await writeBusyboxImage(imagePath, {
    'bin/datagrams': file(readFileSync(program), { mode: 0o755 }),
  });
});

const open: { close(): unknown }[] = [];
afterEach(() => {
  for (const it of open.splice(0)) it.close();
});

async function runWith(
  devices: Partial<MachineDevices>,
  script: readonly string[],
): Promise<SandboxResult> {
  const argv = ['/bin/busybox', 'sh', '-c', ['b=/bin/busybox', ...script, 'true'].join('\n')];
  const rootfs = { format: 'raw', path: imagePath } as const;
  return bench().run(argv, { spec: { rootfs, devices: { ...NO_DEVICES, ...devices } } });
}

/** A service that says `text`; returns its port. */
async function serve(host: string, text: string): Promise<number> {
  const server = createServer((socket) => socket.on('error', () => undefined).end(`${text}\n`));
  open.push(server);
  server.listen(0, host);
  await once(server, 'listening');
  return (server.address() as { port: number }).port;
}

async function datagramSocket(host = '127.0.0.1', port = 0): Promise<Socket> {
  const socket = createSocket('udp4');
  open.push(socket);
  socket.bind(port, host);
  await once(socket, 'listening');
  return socket;
}

/** Makes what a guest sends to the loopback leave through its network card, addressed as it is. */
const LOOPBACK_LEADS_OUT = [
  'echo 1 >/proc/sys/net/ipv4/conf/all/route_localnet',
  '$b ip addr del 127.0.0.1/8 dev lo',
  '$b ip route add 127.0.0.0/8 via 10.0.2.2 dev eth0',
];

describe('a guest of QEMU with outgoing connections', () => {
  it('reaches services that are there for others, and none of the host itself', async () => {
    const [own, others] = [await serve('127.0.0.1', SECRET), await serve(OUTSIDE, 'for all')];
    const datagrams = await datagramSocket();
    let received = 0;
    datagrams.on('message', () => received++);
    const { port } = datagrams.address();

    const { stdout } = await runWith({ network: 'outbound' }, [
      `try() { $b nc -w 2 $1 ${own} </dev/null; datagrams send $1 ${port} hello; }`,
      'try 10.0.2.2; try 10.0.2.3',
      ...LOOPBACK_LEADS_OUT,
      'try 127.0.0.1; try 127.0.0.2',
      `$b nc -w 5 ${OUTSIDE} ${others} </dev/null`,
    ]);

    expect(stdout).toBe('for all\n');
    expect(received).toBe(0);
  });

  it('sends datagrams out, and answers those that come to a forwarded port', async () => {
    const [outside, probe] = [await datagramSocket(OUTSIDE), await datagramSocket()];
    const { port } = probe.address();
    probe.close();
    open.pop();
    const client = await datagramSocket();
    const fromGuest = once(outside, 'message');
    const answered = once(client, 'message');
    const asking = (async () => {
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        client.send('question', port, '127.0.0.1');
        if (await Promise.race([answered.then(() => true), sleep(POLL_MS, false)])) return;
      }
    })();

    const { stdout } = await runWith(
      {
        network: 'outbound',
        ports: [{ protocol: 'udp', hostAddress: '127.0.0.1', hostPort: port, guestPort: 5353 }],
      },
      [`datagrams send ${OUTSIDE} ${outside.address().port} hello`, 'datagrams answer 5353 answer'],
    );

    await asking;
    expect(String((await fromGuest)[0])).toBe('hello');
    expect(stdout).toBe('question');
    expect(String((await answered)[0])).toBe('answer');
  });
});

describe('a guest of QEMU without a network', () => {
  it('reaches nothing, with a forwarded port as without one', async () => {
    const [own, others] = [await serve('127.0.0.1', SECRET), await serve(OUTSIDE, SECRET)];
    const script = [
      ...LOOPBACK_LEADS_OUT,
      `for host in 10.0.2.2 127.0.0.1; do $b nc -w 2 $host ${own} </dev/null; done`,
      `$b nc -w 2 ${OUTSIDE} ${others} </dev/null`,
      '$b ls /sys/class/net',
    ];
    const hostPort = await serve('127.0.0.1', '');
    open.pop()!.close();
    const ports = [{ protocol: 'tcp', hostAddress: '127.0.0.1', hostPort, guestPort: 80 }] as const;

    const [without, withPort] = [
      await runWith({ network: 'none' }, script),
      await runWith({ network: 'none', ports }, script),
    ];

    expect(without.stdout).not.toContain('eth0');
    expect(withPort.stdout).toContain('eth0');
    for (const { stdout } of [without, withPort]) expect(stdout).not.toContain(SECRET);
  });
});
