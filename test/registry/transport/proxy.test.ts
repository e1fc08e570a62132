import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { proxyFor, type ProxyOptions } from '../../../src/lib/registry/transport/proxy.js';
import { failureOf, rejectionOf } from '../../support/failure.js';
import { servedImage, startHostileRegistry } from '../../support/hostile-registry.js';
import { AMD64, REFERENCE } from '../hostile/hostile-fixture.js';
import { clientFor } from '../test-client.js';

const BOTH = { http: 'http://plain:3128', https: 'http://tls:3128' };

describe('proxyFor()', () => {
  it.each<[string, ProxyOptions, string | undefined]>([
    ['https://a.example/', BOTH, 'http://tls:3128/'],
    ['http://a.example/', BOTH, 'http://plain:3128/'],
    ['https://a.example/', { http: 'http://plain:3128' }, undefined],
    ['https://a.example/', { https: 'tls:3128' }, 'http://tls:3128/'],
    ['https://a.example/', { https: 'https://u:p@tls:3128' }, 'https://u:p@tls:3128/'],
    ['https://a.example/', { https: '' }, undefined],
    ['https://a.example/', {}, undefined],
    ['http://127.0.0.1:5000/', BOTH, undefined],
    ['http://localhost/', BOTH, undefined],
    ['http://[::1]:5000/', BOTH, undefined],
    ['https://a.example/', { ...BOTH, noProxy: ['*'] }, undefined],
    ['https://a.example/', { ...BOTH, noProxy: ['', ' a.example '] }, undefined],
    ['https://b.a.example/', { ...BOTH, noProxy: ['a.example'] }, undefined],
    ['https://ba.example/', { ...BOTH, noProxy: ['a.example'] }, 'http://tls:3128/'],
    ['https://a.example/', { ...BOTH, noProxy: ['.a.example'] }, 'http://tls:3128/'],
    ['https://b.a.example/', { ...BOTH, noProxy: ['*.a.example'] }, undefined],
    ['https://A.example/', { ...BOTH, noProxy: ['a.EXAMPLE:443'] }, undefined],
    ['https://a.example:8443/', { ...BOTH, noProxy: ['a.example:443'] }, 'http://tls:3128/'],
    ['https://192.0.2.7/', { ...BOTH, noProxy: ['192.0.2.7'] }, undefined],
  ])('for %s with %j is %s', (url, options, proxy) => {
    expect(proxyFor(new URL(url), options)?.href).toBe(proxy);
  });

  it.each(['socks5://u:secret@p', 'http://['])('refuses %s', (https) => {
    const error = failureOf(() => proxyFor(new URL('https://a.example'), { https }));

    expect(error.code).toBe('CONFIG_INVALID');
    expect(error.message).not.toContain('secret');
  });
});

describe('RegistryClient behind a proxy', () => {
  const servers: Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  });

  it('reaches a registry through it, with the account of the proxy', async () => {
    const image = servedImage();
    const registry = await startHostileRegistry(image);
    const seen: (string | undefined)[] = [];
    const proxy = await startProxy((target, authorization) => {
      seen.push(target, authorization);
      return Number(new URL(registry.url).port);
    });
    const client = clientFor(
      { url: 'http://registry.invalid:5000', insecure: true },
      { proxies: { http: `http://u:p@127.0.0.1:${proxy}` } },
    );

    const resolved = await client.resolve(REFERENCE, AMD64);
    client.close();
    await registry.stop();

    expect(resolved.manifest.digest).toBe(image.manifest.digest);
    expect(seen).toEqual(['registry.invalid:5000', 'Basic dTpw']);
  });

  it('is told when the proxy refuses', async () => {
    const proxy = await startProxy(() => undefined);
    const client = clientFor(
      { url: 'http://registry.invalid:5000', insecure: true },
      { proxies: { http: `http://127.0.0.1:${proxy}` } },
    );

    const error = await rejectionOf(client.resolve(REFERENCE, AMD64));

    expect(error.code).toBe('REGISTRY_UNREACHABLE');
    expect(error.message).toContain('407');
  });

  /** A CONNECT proxy that leads every target to the port that `route` gives. */
  async function startProxy(
    route: (target: string, authorization: string | undefined) => number | undefined,
  ): Promise<number> {
    const server = createServer();
    server.on('connect', (request, socket) => {
      const port = route(request.url ?? '', request.headers['proxy-authorization']);
      if (port === undefined) {
        socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
        return;
      }
      const upstream = connect(port, '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        upstream.pipe(socket).pipe(upstream);
      });
      for (const side of [upstream, socket]) side.on('error', () => undefined);
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  }
});
