import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PortForward } from '../../../src/lib/vm/devices.js';
import { runScene, type Scenario } from './stage.js';

/** A server of the guest needs no longer to come up, by far. */
const SERVER_ATTEMPTS = 200;
const SERVER_POLL_MS = 100;
/** A connection that got lost in a busy guest is made anew. */
const FETCH_TIMEOUT_MS = 20_000;

/** What every VMM must do with networks and ports. */
export const NETWORK_SCENARIOS: readonly Scenario[] = [
  {
    name: 'forwards the ports that were asked for, reaches out, and keeps loopbacks of host and guest apart',
    async play(stage) {
      const ofHost = await listen('127.0.0.1', 'of the host alone\n');
      const outside = await listen(stage.outsideAddress, 'of the host\n');
      const [forwarded, unasked] = await freePorts(2);
      const script = [
        `httpd -p 80 -h /etc; httpd -p ${unasked} -h /etc`,
        'cat >/dev/null', // until the host has seen enough
        `for port in 80 ${unasked} ${portOf(ofHost)}; do timeout 20 wget -qO- http://127.0.0.1:$port/motd; done`,
        `timeout 20 wget -qO- http://${stage.outsideAddress}:${portOf(outside)}/motd`,
      ].join('\n');
      const seen: string[] = [];

      const { exit, stdout } = await runScene(stage, ['sh', '-c', script], {
        devices: {
          network: 'outbound',
          ports: [portToGuest(forwarded!)],
        },
        io: {
          // eslint-disable-next-line require-yield -- an input that ends when the host is done
          stdin: (async function* () {
            seen.push(await fetchWhenUp(forwarded!));
            seen.push(await fetchText(unasked!).catch(() => 'refused'));
          })(),
        },
      });
      for (const server of [ofHost, outside]) server.close();

      assert.deepEqual(exit, { code: 0 });
      assert.deepEqual(seen, ['of the guest\n', 'refused']);
      assert.equal(stdout, 'of the guest\nof the guest\nof the host\n');
    },
  },
  {
    name: 'lets a guest without a network be reached by its ports, and reach nothing',
    async play(stage) {
      const outside = await listen(stage.outsideAddress, 'of the host\n');
      const [forwarded] = await freePorts(1);
      const script = [
        'httpd -p 80 -h /etc',
        'cat >/dev/null', // until the host has seen enough
        `timeout 5 wget -qO- http://${stage.outsideAddress}:${portOf(outside)}/motd || echo nothing`,
      ].join('\n');
      const seen: string[] = [];

      const { stdout } = await runScene(stage, ['sh', '-c', script], {
        devices: { network: 'none', ports: [portToGuest(forwarded!)] },
        io: {
          // eslint-disable-next-line require-yield -- an input that ends when the host is done
          stdin: (async function* () {
            seen.push(await fetchWhenUp(forwarded!));
          })(),
        },
      });
      outside.close();

      assert.deepEqual(seen, ['of the guest\n']);
      assert.equal(stdout, 'nothing\n');
    },
  },
];

function portToGuest(hostPort: number): PortForward {
  return { protocol: 'tcp', hostAddress: '127.0.0.1', hostPort, guestPort: 80 };
}

/**
 * A server of the host that says `text` to whoever asks, over HTTP. One that does not wait for the
 * request closes the connection while a guest still writes to it.
 */
async function listen(address: string, text: string): Promise<Server> {
  const server = createServer((_request, response) => {
    response.setHeader('connection', 'close').end(text);
  });
  server.listen(0, address);
  await once(server, 'listening');
  return server;
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

/** Returns ports that nothing listens on, at the moment. */
async function freePorts(count: number): Promise<number[]> {
  const servers: Server[] = [];
  for (let index = 0; index < count; index++) servers.push(await listen('127.0.0.1', ''));
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
  const signal = AbortSignal.timeout(FETCH_TIMEOUT_MS);
  const response = await fetch(`http://127.0.0.1:${port}/motd`, { signal });
  return response.text();
}
