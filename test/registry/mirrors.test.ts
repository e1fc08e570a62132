import { afterEach, describe, expect, it } from 'vitest';
import type { Digest } from '../../src/lib/base/digest.js';
import type { RegistryEndpoint } from '../../src/lib/registry/transport/endpoint.js';
import { rejectionOf } from '../support/failure.js';
import {
  sendJson,
  servedImage,
  startHostileRegistry,
  type HostileRegistry,
  type Misbehaviour,
} from '../support/hostile-registry.js';
import { AMD64, REFERENCE } from './hostile/hostile-fixture.js';
import { foundCredentials } from './found-credentials.js';
import { bytesOf, clientFor, itemsOf } from './test-client.js';

describe('mirrors', () => {
  const image = servedImage();
  const running: HostileRegistry[] = [];
  afterEach(async () => {
    for (const registry of running.splice(0)) await registry.stop();
  });

  it('are asked in order, and the registry only when none has it', async () => {
    const first = await start(always404);
    const second = await start();
    const own = await start();
    const client = clientFor({ url: own.url, mirrors: [first, second].map(urlOf) });

    const resolved = await client.resolve(REFERENCE, AMD64);
    const blob = await bytesOf(client.openBlob(REFERENCE, layerOf()));

    expect(resolved.manifest.digest).toBe(image.manifest.digest);
    expect(blob.equals(image.layer.bytes)).toBe(true);
    expect(first.requests).toHaveLength(3);
    expect(second.requests).toHaveLength(3);
    expect(own.requests).toHaveLength(0);
  });

  it('are passed over when one cannot be reached or does not speak TLS', async () => {
    const own = await start();
    const mirrors = [{ url: 'http://127.0.0.1:1' }, { url: `https://${own.host}` }];
    const client = clientFor({ url: own.url, mirrors });

    const resolved = await client.resolve(REFERENCE, AMD64);

    expect(resolved.manifest.digest).toBe(image.manifest.digest);
  });

  it('are passed over when one limits, fails or wants credentials', async () => {
    for (const status of [401, 403, 429, 500]) {
      const mirror = await start((_, response) => sendJson(response, {}, { status }));
      const own = await start();
      const client = clientFor({ url: own.url, mirrors: [urlOf(mirror)] });

      const resolved = await client.resolve(REFERENCE, AMD64);

      expect(resolved.manifest.digest).toBe(image.manifest.digest);
    }
  });

  it('are not asked again once one has given a wrong manifest', async () => {
    const liar = await start((request, response) =>
      (request.url ?? '').includes('/manifests/')
        ? sendJson(response, { schemaVersion: 2 })
        : undefined,
    );
    const own = await start();
    const client = clientFor({ url: own.url, mirrors: [urlOf(liar)] });
    const pinned = { ...REFERENCE, digest: image.manifest.digest as Digest };

    const resolved = await client.resolve(pinned, AMD64);

    expect(resolved.manifest.digest).toBe(image.manifest.digest);
    expect(liar.requests).toHaveLength(1);
    expect(own.requests).toHaveLength(2);
  });

  it('are not asked again once one has given a wrong blob', async () => {
    const liar = await start((request, response) => {
      if (!(request.url ?? '').includes('/blobs/')) return undefined;
      response.end(Buffer.alloc(1000, 'wrong'));
      return 'handled';
    });
    const own = await start();
    const client = clientFor({ url: own.url, mirrors: [urlOf(liar)] });

    const error = await rejectionOf(bytesOf(client.openBlob(REFERENCE, layerOf())));
    const blob = await bytesOf(client.openBlob(REFERENCE, layerOf()));

    expect(error.code).toBe('BLOB_DIGEST_MISMATCH');
    expect(blob.equals(image.layer.bytes)).toBe(true);
  });

  it("never see the registry's account", async () => {
    const asked: string[] = [];
    const mirror = await start((request, response) =>
      request.headers.authorization === undefined
        ? sendJson(
            response,
            {},
            { status: 401, headers: { 'www-authenticate': 'Basic realm="m"' } },
          )
        : undefined,
    );
    const own = await start();
    const client = clientFor(
      { url: own.url, mirrors: [urlOf(mirror)] },
      {
        credentials: (registry) => {
          asked.push(registry);
          return foundCredentials({ username: 'u', password: 'p' }, 'docker.io')(registry);
        },
      },
    );

    await client.resolve(REFERENCE, AMD64);

    expect(asked).toEqual([mirror.host]);
    expect(mirror.requests.every(({ headers }) => headers.authorization === undefined)).toBe(true);
  });

  it('are not asked for lists of tags', async () => {
    const mirror = await start((_, response) => sendJson(response, { tags: ['stale'] }));
    const own = await start();
    const client = clientFor({ url: own.url, mirrors: [urlOf(mirror)] });

    expect(await itemsOf(client.listTags(REFERENCE))).toEqual(['1.0.0']);
  });

  async function start(misbehave?: Misbehaviour): Promise<HostileRegistry> {
    const registry = await startHostileRegistry(image, misbehave);
    running.push(registry);
    return registry;
  }

  function layerOf() {
    const { mediaType, digest, bytes } = image.layer;
    return { mediaType, digest: digest as Digest, sizeBytes: bytes.length };
  }
});

const always404: Misbehaviour = (_, response) => sendJson(response, {}, { status: 404 });

function urlOf({ url }: HostileRegistry): RegistryEndpoint {
  return { url };
}
