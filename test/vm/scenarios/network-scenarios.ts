import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { PortForward } from '../../../src/lib/vm/devices.js';
import { httpText, httpTextWhenUp } from '../../support/http-text.js';
import { runScene, type Scenario } from './stage.js';

/** What the server of the guest says on its port. */
const motdOf = (port: number): string => `http://127.0.0.1:${port}/motd`;

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
            seen.push(await httpTextWhenUp(motdOf(forwarded!)));
            seen.push(await httpText(motdOf(unasked!)).catch(() => 'refused'));
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
            seen.push(await httpTextWhenUp(motdOf(forwarded!)));
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
