import type { IncomingMessage } from 'node:http';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { Credentials } from '../../../src/lib/registry/auth/credentials.js';
import {
  sendJson,
  servedImage,
  startHostileRegistry,
  type Misbehaviour,
} from '../../support/hostile-registry.js';
import { rejectionOf } from '../../support/failure.js';
import { foundCredentials } from '../found-credentials.js';
import { bytesOf, clientFor } from '../test-client.js';
import { always, AMD64, REFERENCE, useHostileRegistries } from './hostile-fixture.js';

const ACCOUNT = { username: 'alice', password: 'open-sesame' };

describe('authentication with a hostile registry', () => {
  const start = useHostileRegistries();

  it('gets a new token when one ends in the middle of a blob', async () => {
    const content = Buffer.alloc(500_000, 'x');
    let issued = 0;
    let breaks = 0;
    const image = servedImage(content);
    const { client, layer, registry } = await start(
      guarded({
        token: () => ({ token: `t${(issued += 1)}`, expires_in: 3600 }),
        accepts: (token) => token === `Bearer t${breaks + 1}`,
        then: (request, response) => {
          if (breaks > 0 || !(request.url ?? '').includes('/blobs/')) return undefined;
          response.writeHead(200, { 'content-length': content.length });
          response.write(content.subarray(0, 200_000), () => {
            breaks += 1;
            setTimeout(() => response.destroy(), 30);
          });
          return 'handled';
        },
      }),
      { image },
    );

    const blob = await bytesOf(client.openBlob(REFERENCE, layer));

    expect(blob.equals(content)).toBe(true);
    expect(issued).toBe(2);
    expect(registry.requests.at(-1)?.headers.range).toMatch(/^bytes=[0-9]+-$/);
  });

  it('asks for a token before the last one ends', async () => {
    let issued = 0;
    const { client, image } = await start(
      guarded({ token: () => ({ token: `t${(issued += 1)}`, expires_in: 0.001 }) }),
    );

    await client.resolve(REFERENCE, AMD64);
    await new Promise((resolve) => setTimeout(resolve, 5));
    const again = await client.resolve(REFERENCE, AMD64);

    expect(again.manifest.digest).toBe(image.manifest.digest);
    expect(issued).toBeGreaterThanOrEqual(2);
  });

  it('takes `access_token` for `token`', async () => {
    const { client, image } = await start(guarded({ token: () => ({ access_token: 'a1' }) }));

    const resolved = await client.resolve(REFERENCE, AMD64);

    expect(resolved.manifest.digest).toBe(image.manifest.digest);
  });

  it('asks once and then reports when no token is good enough', async () => {
    let issued = 0;
    const { client } = await start(
      guarded({ token: () => ({ token: `t${(issued += 1)}` }), accepts: () => false }),
    );

    const error = await rejectionOf(client.resolve(REFERENCE, AMD64));

    expect(error.code).toBe('REGISTRY_UNAUTHORIZED');
    expect(issued).toBe(1);
  });

  it.each<[string, unknown]>([
    ['no token', {}],
    ['an empty token', { token: '' }],
    ['a token with a line break', { token: 'a\r\nx-evil: 1' }],
    ['a token that is not text', { token: 7 }],
    ['no object', ['t']],
    ['more than it may', { token: 'x'.repeat(300_000) }],
  ])('refuses %s from the token server', async (_name, answer) => {
    const { client } = await start(guarded({ token: () => answer }));

    const error = await rejectionOf(client.resolve(REFERENCE, AMD64));

    expect(error.code).toBe('REGISTRY_PROTOCOL');
    expect(error.message).toContain('Cannot get a token for `docker.io`');
  });

  it.each([
    ['a file', 'file:///etc/passwd'],
    ['nothing', ''],
    ['another machine in the clear', 'http://192.0.2.1/token'],
  ])('does not ask %s for a token', async (_name, realm) => {
    const { client } = await start(
      always('/v2/', (_, response) => sendJson(response, {}, challenge(`Bearer realm="${realm}"`))),
    );

    const error = await rejectionOf(client.resolve(REFERENCE, AMD64));

    expect(error.code).toBe('REGISTRY_PROTOCOL');
    expect(error.message).toContain('is not usable');
  });

  it('prefers a token when basic authentication is offered too', async () => {
    const { client, registry } = await start(
      guarded({ token: () => ({ token: 't' }), alsoBasic: true }),
      { client: withAccount(ACCOUNT) },
    );

    await client.resolve(REFERENCE, AMD64);

    const [, tokenRequest] = registry.requests;
    expect(tokenRequest?.path).toContain('/token?service=s');
    expect(tokenRequest?.headers.authorization).toBe(
      `Basic ${Buffer.from('alice:open-sesame').toString('base64')}`,
    );
    expect(registry.requests.at(-1)?.headers.authorization).toBe('Bearer t');
  });

  it('exchanges an identity token by a form, out of sight of logs', async () => {
    const forms: string[] = [];
    const misbehave = guarded({ token: () => ({ access_token: 't' }) });
    const { client, registry } = await start(
      async (request, response) => {
        if (request.method === 'POST') forms.push(await textOf(request));
        return misbehave(request, response);
      },
      { client: withAccount({ identityToken: 'long-lived' }) },
    );

    await client.resolve(REFERENCE, AMD64);

    expect(Object.fromEntries(new URLSearchParams(forms[0]))).toEqual({
      grant_type: 'refresh_token',
      client_id: 'mono',
      refresh_token: 'long-lived',
      service: 's',
      scope: 'repository:library/a:pull',
    });
    expect(registry.requests.map(({ path }) => path).join()).not.toContain('long-lived');
  });

  it('sends a registry token as it is', async () => {
    const { client, registry } = await start(
      guarded({ accepts: (token) => token === 'Bearer r' }),
      {
        client: withAccount({ registryToken: 'r' }),
      },
    );

    await client.resolve(REFERENCE, AMD64);

    expect(registry.requests.every(({ path }) => !path.startsWith('/token'))).toBe(true);
  });

  it('does not answer the challenge of a host it was redirected to', async () => {
    const image = servedImage();
    const thief = await startHostileRegistry(image, (request, response) => {
      const realm = `http://${request.headers.host ?? ''}/token`;
      return sendJson(response, { token: 't' }, challenge(`Bearer realm="${realm}"`));
    });
    const { client, layer } = await start(
      guarded({
        token: () => ({ token: 't' }),
        then: (request, response) => {
          if (!(request.url ?? '').includes(image.layer.digest)) return undefined;
          response.writeHead(307, { location: `${thief.url}${request.url ?? ''}` }).end();
          return 'handled';
        },
      }),
      { image, client: withAccount(ACCOUNT) },
    );

    await client.resolve(REFERENCE, AMD64);
    const error = await rejectionOf(bytesOf(client.openBlob(REFERENCE, layer)));
    await thief.stop();

    expect(error.code).toBe('REGISTRY_UNAUTHORIZED');
    expect(thief.requests.map(({ headers }) => headers.authorization)).toEqual([undefined]);
  });

  it('gives a blob that is kept elsewhere without showing the token there', async () => {
    const image = servedImage();
    const storage = await startHostileRegistry(image);
    const { client, layer } = await start(
      guarded({
        token: () => ({ token: 't' }),
        then: (request, response) => {
          if (!(request.url ?? '').includes('/blobs/')) return undefined;
          response.writeHead(307, { location: `${storage.url}${request.url ?? ''}` }).end();
          return 'handled';
        },
      }),
      { image },
    );

    const blob = await bytesOf(client.openBlob(REFERENCE, layer));
    await storage.stop();

    expect(blob.equals(image.layer.bytes)).toBe(true);
    expect(storage.requests.map(({ headers }) => headers.authorization)).toEqual([undefined]);
  });

  it('keeps secrets out of every error', async () => {
    const { client } = await start(
      guarded({ token: () => ({ token: 'very-secret-token' }), accepts: () => false }),
      { client: withAccount(ACCOUNT) },
    );

    const error = await rejectionOf(client.resolve(REFERENCE, AMD64));
    const refused = await rejectionOf(
      clientFor({ url: 'http://127.0.0.1:1' }, withAccount(ACCOUNT)).resolve(REFERENCE, AMD64),
    );

    for (const text of [error, refused].map(everythingIn)) {
      expect(text).not.toMatch(/open-sesame|very-secret|YWxpY2U6/);
    }
  });
});

interface Guard {
  readonly token?: () => unknown;
  readonly accepts?: (authorization: string | undefined) => boolean;
  readonly alsoBasic?: boolean;
  readonly then?: Misbehaviour;
}

/** A registry and its token server at one address. */
function guarded(guard: Guard): Misbehaviour {
  return (request, response) => {
    if ((request.url ?? '').startsWith('/token')) return sendJson(response, guard.token?.());
    const { authorization } = request.headers;
    const isAccepted = guard.accepts?.(authorization) ?? authorization?.startsWith('Bearer ');
    if (isAccepted) return guard.then?.(request, response);
    const realm = `http://${request.headers.host ?? ''}/token`;
    const bearer = `Bearer realm="${realm}",service="s",scope="repository:library/a:pull"`;
    return sendJson(
      response,
      {},
      challenge(guard.alsoBasic ? `Basic realm="x", ${bearer}` : bearer),
    );
  };
}

function challenge(header: string) {
  return { status: 401, headers: { 'www-authenticate': header } };
}

function withAccount(credentials: Credentials) {
  return { credentials: foundCredentials(credentials) };
}

async function textOf(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString('utf8');
}

/** What any logger could find in an error and its causes. */
function everythingIn(error: Error): string {
  return inspect(error, { depth: 12, showHidden: true });
}
