import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { runScene, sceneDirectory, type Scenario } from './stage.js';

/** A server of the guest needs no longer to come up, by far. */
const SERVER_ATTEMPTS = 200;
const SERVER_POLL_MS = 100;

/** What every VMM must do with directories, the network and processors. */
export const DEVICE_SCENARIOS: readonly Scenario[] = [
  {
    name: 'shares directories that no link leaves, and read-only ones that root cannot change',
    async play(stage) {
      const directory = sceneDirectory(stage);
      const [open, closed] = ['open', 'closed'].map((name) => join(directory, name)) as [
        string,
        string,
      ];
      for (const path of [open, closed]) {
        mkdirSync(path);
        writeFileSync(join(path, 'file'), 'of the host\n');
      }
      writeFileSync(join(directory, 'secret'), 'secret\n');
      symlinkSync(join(directory, 'secret'), join(open, 'absolute'));
      symlinkSync('../secret', join(open, 'relative'));
      const script = [
        'cat /closed/file; echo of the guest >/open/new; cat /open/absolute /open/relative /open/../secret',
        'mount -o remount,rw /closed; echo x >/closed/file; chmod 0 /closed/file; rm /closed/file',
        'mkdir /closed/x; mv /closed/file /closed/y; mkdir /m; mount -t virtiofs volume1 /m; echo x >/m/x',
        'true',
      ].join('\n');

      const { exit, stdout } = await runScene(stage, ['sh', '-c', script], {
        devices: {
          volumes: [
            { hostPath: open, guestPath: '/open', readOnly: false },
            { hostPath: closed, guestPath: '/closed', readOnly: true },
          ],
        },
      });

      assert.deepEqual(exit, { code: 0 });
      assert.equal(stdout, 'of the host\n');
      assert.equal(readFileSync(join(open, 'new'), 'utf8'), 'of the guest\n');
      assert.deepEqual(readdirSync(closed), ['file']);
      assert.equal(readFileSync(join(closed, 'file'), 'utf8'), 'of the host\n');
    },
  },
  {
    name: 'forwards the ports that were asked for and keeps the loopbacks of host and guest apart',
    async play(stage) {
      const ofHost = await listen('HTTP/1.0 200 OK\r\n\r\nof the host\n');
      const [forwarded, unasked] = await freePorts(2);
      const script = [
        `httpd -p 80 -h /etc; httpd -p ${unasked} -h /etc`,
        'cat >/dev/null', // until the host has seen enough
        `for port in 80 ${unasked} ${portOf(ofHost)}; do wget -qO- http://127.0.0.1:$port/motd; done`,
        'true',
      ].join('\n');
      const seen: string[] = [];

      const { exit, stdout } = await runScene(stage, ['sh', '-c', script], {
        devices: {
          network: 'outbound',
          ports: [
            { protocol: 'tcp', hostAddress: '127.0.0.1', hostPort: forwarded!, guestPort: 80 },
          ],
        },
        io: {
          // eslint-disable-next-line require-yield -- an input that ends when the host is done
          stdin: (async function* () {
            seen.push(await fetchWhenUp(forwarded!));
            seen.push(await fetchText(unasked!).catch(() => 'refused'));
          })(),
        },
      });
      ofHost.close();

      assert.deepEqual(exit, { code: 0 });
      assert.deepEqual(seen, ['of the guest\n', 'refused']);
      assert.equal(stdout, 'of the guest\nof the guest\n');
    },
  },
  {
    name: 'says that a machine has stopped when its guest stops it',
    async play(stage) {
      await assert.rejects(runScene(stage, ['reboot', '-f']), { code: 'VM_STOPPED' });
    },
  },
  {
    name: 'gives a machine all of its processors',
    async play(stage) {
      const script = 'grep -c ^processor /proc/cpuinfo; (echo a & echo a & wait)';

      const { stdout } = await runScene(stage, ['sh', '-c', script], { cpus: 2 });

      assert.equal(stdout, '2\na\na\n');
    },
  },
];

/** A server on the host's loopback that says `text` to everyone. */
async function listen(text: string): Promise<Server> {
  const server = createServer((socket) => socket.on('error', () => undefined).end(text));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

/** Returns ports that nothing listens on, at the moment. */
async function freePorts(count: number): Promise<number[]> {
  const servers: Server[] = [];
  for (let index = 0; index < count; index++) servers.push(await listen(''));
  const ports = servers.map(portOf);
  await Promise.all(servers.map(async (server) => once(server.close(), 'close')));
  return ports;
}

async function fetchWhenUp(port: number): Promise<string> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await fetchText(port);
    } catch (error) {
      if (attempt === SERVER_ATTEMPTS) throw error;
      await sleep(SERVER_POLL_MS);
    }
  }
}

async function fetchText(port: number): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}/motd`);
  return response.text();
}
