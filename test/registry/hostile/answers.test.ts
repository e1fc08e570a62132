import { createServer, type Server } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import {
  addDocument,
  descriptorOf,
  sendJson,
  servedImage,
} from '../../support/hostile-registry.js';
import { rejectionOf } from '../../support/failure.js';
import { clientFor, itemsOf } from '../test-client.js';
import { always, AMD64, atFirst, REFERENCE, useHostileRegistries } from './hostile-fixture.js';

describe('a hostile registry that limits or fails', () => {
  const start = useHostileRegistries();
  const raw: Server[] = [];
  afterEach(() => {
    for (const server of raw.splice(0)) server.close();
  });

  it('is asked again when it said how long to wait', async () => {
    const limit = atFirst(2, '/manifests/', (_, response) =>
      sendJson(response, {}, { status: 429, headers: { 'retry-after': '0' } }),
    );
    const { client, image } = await start(limit);

    const resolved = await client.resolve(REFERENCE, AMD64);

    expect(resolved.manifest.digest).toBe(image.manifest.digest);
  });

  it('is asked again when it did not say how long to wait', async () => {
    const limit = atFirst(2, '/manifests/', (_, response) =>
      sendJson(response, {}, { status: 429 }),
    );
    const { client, image } = await start(limit);

    const resolved = await client.resolve(REFERENCE, AMD64);

    expect(resolved.manifest.digest).toBe(image.manifest.digest);
  });

  it('is not waited for when it asks for too long a wait', async () => {
    const limit = always('/manifests/', (_, response) =>
      sendJson(
        response,
        {
          errors: [{ code: 'TOOMANYREQUESTS', message: 'You have reached your pull rate limit.' }],
        },
        { status: 429, headers: { 'retry-after': '21600' } },
      ),
    );
    const { client, registry } = await start(limit);

    const error = await rejectionOf(client.resolve(REFERENCE, AMD64));

    expect(error).toMatchObject({
      code: 'REGISTRY_RATE_LIMITED',
      message:
        `Cannot fetch the manifest of \`docker.io/library/a:1.0.0\`: \`${registry.host}\` ` +
        'allows no more requests for now (You have reached your pull rate limit.)',
      hint: 'Try again in 6 h, or with an account: run `mono login docker.io`.',
    });
    expect(error.details['retryAfterSeconds']).toBe(21_600);
    expect(registry.requests).toHaveLength(1);
  });

  it('is understood when its header lines end in bare line feeds', async () => {
    const answer = 'HTTP/1.1 429 Too Many Requests\nretry-after: 900\ncontent-length: 2\n\n{}';
    const url = await serveRaw(answer);

    const error = await rejectionOf(clientFor({ url }).resolve(REFERENCE, AMD64));

    expect(error.code).toBe('REGISTRY_RATE_LIMITED');
    expect(error.details['retryAfterSeconds']).toBe(900);
  });

  it('is named when its answer is not HTTP', async () => {
    const url = await serveRaw('SSH-2.0-OpenSSH_9.2\r\n');

    const error = await rejectionOf(clientFor({ url }).resolve(REFERENCE, AMD64));

    expect(error.code).toBe('REGISTRY_PROTOCOL');
    expect(error.message).toContain('gave an answer that is not HTTP');
  });

  it.each([500, 502, 503, 504, 408])('is asked again after status %i', async (status) => {
    const fail = atFirst(3, '/manifests/', (_, response) => sendJson(response, {}, { status }));
    const { client, image } = await start(fail);

    const resolved = await client.resolve(REFERENCE, AMD64);

    expect(resolved.manifest.digest).toBe(image.manifest.digest);
  });

  it('is reported with its status when it keeps failing', async () => {
    const fail = always('/manifests/', (_, response) => sendJson(response, {}, { status: 503 }));
    const { client, registry } = await start(fail);

    const error = await rejectionOf(client.resolve(REFERENCE, AMD64));

    expect(error.code).toBe('REGISTRY_UNREACHABLE');
    expect(error.message).toContain('is out of order, status 503');
    expect(registry.requests).toHaveLength(4);
  });

  it('is asked again when it resets the connection', async () => {
    const reset = atFirst(2, '/manifests/', (request) => {
      request.socket.resetAndDestroy();
      return 'handled';
    });
    const { client, image } = await start(reset);

    const resolved = await client.resolve(REFERENCE, AMD64);

    expect(resolved.manifest.digest).toBe(image.manifest.digest);
  });

  it('is given up when it never answers', async () => {
    const { client } = await start(
      always('/manifests/', () => 'handled'),
      { client: { timeouts: { responseMs: 50 } } },
    );

    const error = await rejectionOf(client.resolve(REFERENCE, AMD64));

    expect(error.code).toBe('REGISTRY_UNREACHABLE');
    expect(error.message).toContain('it does not answer in time');
  });

  it('cannot hold up a cancelled install', async () => {
    const abort = new AbortController();
    const { client } = await start(
      always('/manifests/', () => {
        abort.abort();
        return 'handled';
      }),
    );

    const error = await rejectionOf(client.resolve(REFERENCE, AMD64, { signal: abort.signal }));

    expect(error.code).toBe('CANCELLED');
  });

  it('is named when nothing listens or no such host is known', async () => {
    const refused = await rejectionOf(
      clientFor({ url: 'http://127.0.0.1:1' }).resolve(REFERENCE, AMD64),
    );
    const unknown = await rejectionOf(
      clientFor({ url: 'https://registry.invalid' }).resolve(REFERENCE, AMD64),
    );

    expect(refused.code).toBe('REGISTRY_UNREACHABLE');
    expect(refused.message).toBe(
      'Cannot fetch the manifest of `docker.io/library/a:1.0.0`: ' +
        '`127.0.0.1:1` cannot be reached: the connection was refused',
    );
    expect(unknown.code).toBe('REGISTRY_UNREACHABLE');
    expect(unknown.message).toContain('`registry.invalid` cannot be reached');
  });

  it('cannot put control characters, secrets or long texts into messages', async () => {
    const message = `\u001b]0;owned\u0007 https://bob:hunter2@host/ ${'x'.repeat(5000)}`;
    const fail = always('/manifests/', (_, response) =>
      sendJson(response, { errors: [{ code: 'DENIED', message }] }, { status: 403 }),
    );
    const { client } = await start(fail);

    const error = await rejectionOf(client.resolve(REFERENCE, AMD64));

    expect(error.code).toBe('REGISTRY_FORBIDDEN');
    expect(error.message).not.toMatch(/\p{Cc}|hunter2/u);
    expect(error.message.length).toBeLessThan(600);
  });

  it('cannot make us read an endless error', async () => {
    const seen = { isClosed: false };
    const flood = always('/manifests/', (_, response) => {
      response.writeHead(403);
      response.once('close', () => {
        seen.isClosed = true;
      });
      const pour = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536, ' ')));
      };
      response.on('drain', pour);
      pour();
      return 'handled';
    });
    const { client } = await start(flood);

    const error = await rejectionOf(client.resolve(REFERENCE, AMD64));

    expect(error.code).toBe('REGISTRY_FORBIDDEN');
    await expect.poll(() => seen.isClosed).toBe(true);
  });

  async function serveRaw(answer: string): Promise<string> {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => socket.end(answer));
    });
    raw.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }
});

describe('a hostile registry that lies about manifests', () => {
  const start = useHostileRegistries();
  const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';

  it('is found out when its digest header is not of its bytes', async () => {
    const lie = always('/manifests/1.0.0', (_, response) => {
      response.setHeader('docker-content-digest', `sha256:${'0'.repeat(64)}`);
      return sendJson(response, { schemaVersion: 2 });
    });
    const { client } = await start(lie);

    const error = await rejectionOf(client.resolve(REFERENCE, AMD64));

    expect(error.code).toBe('BLOB_DIGEST_MISMATCH');
    expect(error.message).toContain('fetch the manifest of `docker.io/library/a:1.0.0`');
  });

  it('is found out when it gives another manifest than the digest says', async () => {
    const other = servedImage(Buffer.from('other'));
    const { client, image } = await start((request, response) => {
      if (!(request.url ?? '').includes('/manifests/')) return undefined;
      response.setHeader('docker-content-digest', other.manifest.digest);
      response.end(other.manifest.bytes);
      return 'handled';
    });
    const reference = { ...REFERENCE, digest: image.manifest.digest as never };

    const error = await rejectionOf(client.resolve(reference, AMD64));

    expect(error.code).toBe('BLOB_DIGEST_MISMATCH');
  });

  it('is found out when the configuration has other bytes', async () => {
    const lie = always('/blobs/', (_, response) => sendJson(response, { os: 'linux' }));
    const { client } = await start(lie);

    const error = await rejectionOf(client.resolve(REFERENCE, AMD64));

    expect(error.code).toBe('BLOB_DIGEST_MISMATCH');
    expect(error.message).toContain('fetch the configuration');
  });

  it.each([
    ['announced', true],
    ['not announced', false],
  ])('cannot send a manifest of more than 4 MiB, %s', async (_name, isAnnounced) => {
    const huge = Buffer.alloc(4 * 1024 * 1024 + 1, ' ');
    const flood = always('/manifests/', (_, response) => {
      response.writeHead(200, isAnnounced ? { 'content-length': huge.length } : {});
      response.end(huge);
      return 'handled';
    });
    const { client } = await start(flood);

    const error = await rejectionOf(client.resolve(REFERENCE, AMD64));

    expect(error.code).toBe('REGISTRY_PROTOCOL');
    expect(error.message).toContain('is larger than 4194304 bytes');
  });

  it('may nest an index in an index', async () => {
    const image = servedImage();
    const inner = addDocument(image, {
      mediaType: OCI_INDEX,
      value: {
        schemaVersion: 2,
        manifests: [
          {
            ...descriptorOf(image.manifest),
            platform: { os: 'linux', architecture: 'amd64' },
          },
        ],
      },
    });
    const outer = addDocument(image, {
      mediaType: OCI_INDEX,
      value: { schemaVersion: 2, manifests: [descriptorOf(inner)] },
      tag: '1.0.0',
    });
    const { client } = await start(undefined, { image });

    const resolved = await client.resolve(REFERENCE, AMD64);

    expect(resolved.index?.digest).toBe(outer.digest);
    expect(resolved.manifest.digest).toBe(image.manifest.digest);
  });

  it('cannot nest indexes without end', async () => {
    const image = servedImage();
    let top = image.manifest;
    for (let depth = 0; depth < 6; depth += 1) {
      const value = { schemaVersion: 2, manifests: [descriptorOf(top)] };
      top = addDocument(image, { mediaType: OCI_INDEX, value, tag: '1.0.0' });
    }
    const { client } = await start(undefined, { image });

    const error = await rejectionOf(client.resolve(REFERENCE, AMD64));

    expect(error.code).toBe('MANIFEST_INVALID');
    expect(error.message).toContain('its indexes nest deeper than 4 levels');
  });

  it('cannot make us fetch hundreds of manifests for one image', async () => {
    const image = servedImage();
    const foreign = addDocument(image, {
      mediaType: 'application/vnd.oci.image.config.v1+json',
      value: { os: 'plan9', architecture: 'amd64' },
    });
    const manifests = Array.from({ length: 100 }, (_, position) =>
      descriptorOf(
        addDocument(image, {
          mediaType: 'application/vnd.oci.image.manifest.v1+json',
          value: {
            schemaVersion: 2,
            config: descriptorOf(foreign),
            layers: [],
            annotations: { position: String(position) },
          },
        }),
      ),
    );
    addDocument(image, {
      mediaType: OCI_INDEX,
      value: { schemaVersion: 2, manifests },
      tag: '1.0.0',
    });
    const { client, registry } = await start(undefined, { image });

    const error = await rejectionOf(client.resolve(REFERENCE, AMD64));

    expect(error.code).toBe('MANIFEST_INVALID');
    expect(registry.requests.length).toBeLessThan(50);
  });

  it('finds the image among attestations and entries that do not say their platform', async () => {
    const image = servedImage();
    const attestation = addDocument(image, {
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      value: { schemaVersion: 2, config: descriptorOf(image.config), layers: [] },
    });
    addDocument(image, {
      mediaType: OCI_INDEX,
      value: {
        schemaVersion: 2,
        manifests: [
          {
            ...descriptorOf(attestation),
            platform: { os: 'unknown', architecture: 'unknown' },
            annotations: { 'vnd.docker.reference.type': 'attestation-manifest' },
          },
          descriptorOf(image.manifest),
        ],
      },
      tag: '1.0.0',
    });
    const { client } = await start(undefined, { image });

    const resolved = await client.resolve(REFERENCE, AMD64);

    expect(resolved.manifest.digest).toBe(image.manifest.digest);
  });

  it('is found out when an index states another size', async () => {
    const image = servedImage();
    const entry = { ...descriptorOf(image.manifest), size: image.manifest.bytes.length + 1 };
    addDocument(image, {
      mediaType: OCI_INDEX,
      value: { schemaVersion: 2, manifests: [entry] },
      tag: '1.0.0',
    });
    const { client } = await start(undefined, { image });

    const error = await rejectionOf(client.resolve(REFERENCE, AMD64));

    expect(error.code).toBe('BLOB_SIZE_MISMATCH');
  });
});

describe('a hostile registry that lists tags', () => {
  const start = useHostileRegistries();

  it('is followed from page to page', async () => {
    const pages = always('/tags/list', (request, response) => {
      const last = new URL(request.url ?? '', 'http://r').searchParams.get('last');
      const next = last === null ? '</v2/library/a/tags/list?n=1000&last=b>; rel="next"' : '';
      const tags = last === null ? ['a', 'b'] : ['c'];
      return sendJson(response, { tags }, { headers: next === '' ? {} : { link: next } });
    });
    const { client, registry } = await start(pages);

    const tags = await itemsOf(client.listTags(REFERENCE));

    expect(tags).toEqual(['a', 'b', 'c']);
    expect(registry.requests[0]?.path).toBe('/v2/library/a/tags/list?n=1000');
  });

  it('cannot lead us in a circle', async () => {
    const circle = always('/tags/list', (_, response) =>
      sendJson(
        response,
        { tags: ['a'] },
        { headers: { link: '<list?n=1000&last=a>; rel="next"' } },
      ),
    );
    const { client } = await start(circle);

    const error = await rejectionOf(itemsOf(client.listTags(REFERENCE)));

    expect(error.code).toBe('REGISTRY_PROTOCOL');
    expect(error.message).toContain('the list does not end');
  });

  it('cannot lead us to another host', async () => {
    const away = always('/tags/list', (_, response) =>
      sendJson(
        response,
        { tags: ['a'] },
        { headers: { link: '<http://169.254.169.254/latest>; rel="next"' } },
      ),
    );
    const { client } = await start(away);

    const error = await rejectionOf(itemsOf(client.listTags(REFERENCE)));

    expect(error.code).toBe('REGISTRY_PROTOCOL');
    expect(error.message).toContain('points to another host');
  });

  it('cannot slip in what is no tag', async () => {
    const odd = always('/tags/list', (_, response) =>
      sendJson(response, { tags: ['ok', '\u001b[2J', '../../etc', 7, null, '', 'x'.repeat(129)] }),
    );
    const { client } = await start(odd);

    expect(await itemsOf(client.listTags(REFERENCE))).toEqual(['ok']);
  });

  it('may have `null` for a list without tags', async () => {
    const { client } = await start(
      always('/tags/list', (_, response) => sendJson(response, { tags: null })),
    );

    expect(await itemsOf(client.listTags(REFERENCE))).toEqual([]);
  });
});
