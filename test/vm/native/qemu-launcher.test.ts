import { spawn, type ChildProcess } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { copyFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { outsideAddress } from '../../support/outside-address.js';
import { useTemporaryDirectory } from '../../support/temporary-directory.js';
import { VMM_OPTIONS } from '../support/vmm-options.js';

/*
 * The launcher of QEMU with other programs in QEMU's place: Python, which is linked dynamically as QEMU
 * is and takes the guard, and busybox, which is static and cannot.
 */

const temporary = useTemporaryDirectory();
const { launcher, guard } = VMM_OPTIONS.qemu;
const PYTHON = '/usr/bin/python3';
const BUSYBOX = '/bin/busybox';
const SYSTEM = ['/usr', '/lib', '/lib64', '/etc/ld.so.cache'].flatMap((path) => ['--read', path]);
/** Where a name server on the loopback could be, and no host has one. */
const LOOPBACK_NAME_SERVER = '127.77.0.53';
const OUTSIDE = outsideAddress();

const open: { close(): unknown }[] = [];
afterEach(() => {
  for (const it of open.splice(0)) it.close();
});

interface ConfinedOptions {
  readonly kept?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly guard?: string;
}

function start(argv: readonly string[], options: ConfinedOptions): ChildProcess {
  const { kept = [], env = { MONO_NAME_SERVER: '192.0.2.53' } } = options;
  const args = [...SYSTEM, ...kept, '--guard', options.guard ?? guard, '--', ...argv];
  return spawn(launcher, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
}

/** What a confined program writes. */
async function confined(argv: readonly string[], options: ConfinedOptions = {}): Promise<string> {
  const { stdout, stderr } = start(argv, options);
  const [output, errors] = await Promise.all([text(stdout!), text(stderr!)]);
  return `${output}${errors}`.trim();
}

/** What Python says about the end of a statement: `done`, or the number of an error. */
async function tried(statement: string, options: ConfinedOptions = {}): Promise<string> {
  const program = [
    'import socket',
    'try:',
    `    ${statement}`,
    "    print('done')",
    'except OSError as error:',
    '    print(type(error).__name__)',
  ];
  return confined([PYTHON, '-I', '-c', program.join('\n')], options);
}

async function listenOn(host: string): Promise<number> {
  const server = createServer((socket) => socket.on('error', () => undefined).end());
  open.push(server);
  server.listen(0, host);
  await once(server, 'listening');
  return (server.address() as { port: number }).port;
}

async function receiveOn(host: string, port = 0): Promise<{ port: number; next: Promise<string> }> {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  open.push(socket);
  socket.bind(port, host);
  await once(socket, 'listening');
  const next = once(socket, 'message').then(([bytes]) => String(bytes));
  return { port: socket.address().port, next };
}

function connectTo(host: string, port: number): string {
  const family = host.includes(':') ? 'AF_INET6' : 'AF_INET';
  return `socket.socket(socket.${family}).connect((${JSON.stringify(host)}, ${port}))`;
}

function sendTo(host: string, port: number): string {
  const family = host.includes(':') ? 'AF_INET6' : 'AF_INET';
  return `socket.socket(socket.${family}, socket.SOCK_DGRAM).sendto(b'hello', (${JSON.stringify(host)}, ${port}))`;
}

describe('the socket guard', () => {
  it.each([
    { listener: '127.0.0.1', address: '127.0.0.1' },
    { listener: '127.9.9.9', address: '127.9.9.9' },
    { listener: '127.0.0.1', address: '0.0.0.0' },
    { listener: '127.0.0.1', address: '::ffff:127.0.0.1' },
    { listener: '::1', address: '::1' },
    { listener: '::1', address: '::' },
  ])('refuses what $listener listens to at $address', async ({ listener, address }) => {
    const [stream, datagrams] = [await listenOn(listener), await receiveOn(listener)];

    expect(await tried(connectTo(address, stream))).toBe('ConnectionRefusedError');
    expect(await tried(sendTo(address, datagrams.port))).toBe('ConnectionRefusedError');
  });

  it('lets through what leads out', async () => {
    const [stream, datagrams] = [await listenOn(OUTSIDE), await receiveOn(OUTSIDE)];

    expect(await tried(connectTo(OUTSIDE, stream))).toBe('done');
    expect(await tried(sendTo(OUTSIDE, datagrams.port))).toBe('done');
    expect(await datagrams.next).toBe('hello');
  });

  it('lets through questions to the name server, and nothing else there', async () => {
    const env = { MONO_NAME_SERVER: LOOPBACK_NAME_SERVER };
    const nameServer = await receiveOn(LOOPBACK_NAME_SERVER, 53);
    const other = await receiveOn(LOOPBACK_NAME_SERVER);

    expect(await tried(sendTo(LOOPBACK_NAME_SERVER, 53), { env })).toBe('done');
    expect(await nameServer.next).toBe('hello');
    expect(await tried(sendTo(LOOPBACK_NAME_SERVER, other.port), { env })).toBe(
      'ConnectionRefusedError',
    );
    expect(await tried(sendTo(LOOPBACK_NAME_SERVER, 53))).toBe('ConnectionRefusedError');
  });

  it('lets nothing out where the guest has no network', async () => {
    const [stream, datagrams] = [await listenOn(OUTSIDE), await receiveOn(OUTSIDE)];
    const env = {};

    expect(await tried(connectTo(OUTSIDE, stream), { env })).toBe('ConnectionRefusedError');
    expect(await tried(sendTo(OUTSIDE, datagrams.port), { env })).toBe('ConnectionRefusedError');
  });

  it.each([
    { name: 'the loopback', env: undefined },
    { name: 'anywhere, where the guest has no network', env: {} },
  ])('answers who has sent a datagram from $name, on that socket alone', async ({ env }) => {
    const host = env === undefined ? '127.0.0.1' : OUTSIDE;
    const program = [
      'import socket',
      'forwarded, own = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2)]',
      `forwarded.bind(('${host}', 0))`,
      'forwarded.settimeout(30)',
      'print(forwarded.getsockname()[1], flush=True)',
      '_, client = forwarded.recvfrom(100)',
      "forwarded.sendto(b'answer', client)",
      `for it, to in (own, client), (forwarded, ('${host}', client[1] ^ 1)):`,
      '    try:',
      "        it.sendto(b'more', to)",
      "        print('sent')",
      '    except ConnectionRefusedError:',
      "        print('refused')",
    ];
    const { stdout } = start(
      [PYTHON, '-I', '-c', program.join('\n')],
      env === undefined ? {} : { env },
    );
    const lines = createInterface({ input: stdout! })[Symbol.asyncIterator]();
    const port = Number((await lines.next()).value);
    const socket = createSocket('udp4');
    open.push(socket);

    socket.send('question', port, host);

    expect(String((await once(socket, 'message'))[0])).toBe('answer');
    expect([(await lines.next()).value, (await lines.next()).value]).toEqual([
      'refused',
      'refused',
    ]);
  });

  it('is no part of a program without a dynamic linker, which then reaches nothing', async () => {
    const port = await listenOn(OUTSIDE);

    expect(await confined([BUSYBOX, 'nc', OUTSIDE, String(port)])).toContain('Permission denied');
  });

  it('is found whatever the name of its directory', async () => {
    const copy = join(temporary(), 'a: b.so');
    copyFileSync(guard, copy);
    const port = await listenOn(OUTSIDE);

    expect(await tried(connectTo(OUTSIDE, port), { guard: copy })).toBe('done');
  });
});

describe('mono-qemu', () => {
  it('leaves a program the files that it is given, as it is given them', async () => {
    const [read, write, other] = ['read', 'write', 'other'].map((it) => join(temporary(), it));
    for (const path of [read, write, other]) writeFileSync(path!, 'old');
    const kept = ['--read', read!, '--write', write!];

    expect(await tried(`open('${read}').read()`, { kept })).toBe('done');
    expect(await tried(`open('${write}', 'w').write('new')`, { kept })).toBe('done');
    for (const refused of [`open('${read}', 'a')`, `open('${other}')`, `open('${other}2', 'w')`])
      expect(await tried(refused, { kept }), refused).toBe('PermissionError');
  });

  it('leaves a program the ports that it is given', async () => {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    await once(server.close(), 'close');
    const bind = `socket.socket().bind(('127.0.0.1', ${port}))`;

    expect(await tried(bind, { kept: ['--listen', String(port)] })).toBe('done');
    expect(await tried(bind)).toBe('PermissionError');
  });

  it('takes privileges from a program', async () => {
    const status = await confined(
      [BUSYBOX, 'grep', '-E', '^(Cap|NoNewPrivs|Seccomp:)', '/proc/self/status'],
      {
        kept: ['--read', '/proc'],
      },
    );

    // Of all capabilities root keeps the second, with which it finds its files.
    expect(status.replaceAll('\t', ' ').split('\n')).toEqual([
      'CapInh: 0000000000000000',
      'CapPrm: 0000000000000002',
      'CapEff: 0000000000000002',
      'CapBnd: 0000000000000002',
      'CapAmb: 0000000000000000',
      'NoNewPrivs: 1',
      'Seccomp: 2',
    ]);
  });

  it.each([
    { name: 'no program', args: ['--guard', guard, '--'] },
    { name: 'no guard', args: ['--', PYTHON] },
    { name: 'a port that is none', args: ['--listen', '65536', '--guard', guard, '--', PYTHON] },
    { name: 'what it does not know', args: ['--else', 'x', '--guard', guard, '--', PYTHON] },
    { name: 'an option without its value', args: ['--read'] },
  ])('refuses $name', async ({ args }) => {
    const child = spawn(launcher, args, { stdio: 'ignore' });

    expect(await once(child, 'exit')).toEqual([80, null]);
  });

  it('starts nothing when the guard is not there', async () => {
    const args = ['--guard', join(temporary(), 'none'), '--', PYTHON, '--version'];
    const child = spawn(launcher, args, { stdio: ['ignore', 'ignore', 'pipe'] });

    expect(await text(child.stderr)).toBe(
      'mono-qemu: cannot open the socket guard: No such file or directory\n',
    );
  });
});
