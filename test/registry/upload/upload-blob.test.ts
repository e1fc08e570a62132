import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { digestOf } from '../../../src/lib/base/digest.js';
import { isMonoError } from '../../../src/lib/errors.js';
import type { CredentialSource } from '../../../src/lib/registry/auth/credentials.js';
import { parseReference } from '../../../src/lib/registry/reference.js';
import { MONOLITHIC_UPLOAD_BYTES } from '../../../src/lib/registry/upload/upload-blob.js';
import { startDockerRegistry, TEST_ACCOUNT } from '../../support/docker-registry.js';
import { pseudoRandomBytes } from '../../support/random-bytes.js';
import { bytesOf, clientFor } from '../test-client.js';

const target = parseReference('registry.test/team/app');
const small = blobOf(new TextEncoder().encode('{"small":true}'));
const large = blobOf(pseudoRandomBytes(MONOLITHIC_UPLOAD_BYTES * 3 + 17, 7));

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

describe('RepositoryWriter.uploadBlob()', () => {
  const flavours = ['none', 'htpasswd', 'token'] as const;
  it.each(flavours)('fills a real registry, authentication: %s', async (auth) => {
    const registry = await startDockerRegistry({ auth });
    const client = clientFor(
      { url: registry.url },
      { credentials: accountOf(auth === 'none' ? undefined : TEST_ACCOUNT) },
    );
    try {
      const writer = await client.openWriter(target);

      const outcomes = [
        await writer.uploadBlob(small),
        await writer.uploadBlob(large),
        await writer.uploadBlob(large),
      ];

      expect(outcomes).toEqual(['uploaded', 'uploaded', 'present']);
      for (const { digest, sizeBytes, bytes } of [small, large]) {
        const descriptor = { digest, sizeBytes, mediaType: 'application/octet-stream' };
        expect(digestOf(await bytesOf(client.openBlob(target, descriptor)))).toBe(digestOf(bytes));
      }
    } finally {
      client.close();
      await registry.stop();
    }
  });

  it('takes a blob over from another repository of the registry', async () => {
    const registry = await startDockerRegistry({ auth: 'token' });
    const client = clientFor({ url: registry.url }, { credentials: accountOf(TEST_ACCOUNT) });
    try {
      const from = parseReference('registry.test/team/base');
      await (await client.openWriter(from)).uploadBlob(large);
      const writer = await client.openWriter(target);
      const closed = { ...large, open: () => failing(new Error('the bytes are not needed')) };

      expect(await writer.uploadBlob(closed, { from })).toBe('mounted');
      expect(await writer.hasBlob(large.digest)).toBe(true);
    } finally {
      client.close();
      await registry.stop();
    }
  });

  it('sends the bytes where a blob cannot be taken over', async () => {
    const server = await serve();
    const from = parseReference('registry.test/team/secret');
    server.deniesMount = true;

    expect(await (await server.writer()).uploadBlob(large, { from })).toBe('uploaded');
    expect(server.stored()).toBe(large.digest);
  });

  it('goes on where a broken connection stopped', async () => {
    const server = await serve();
    server.breakAfterBytes = MONOLITHIC_UPLOAD_BYTES;
    const seen: number[] = [];
    const onProgress = (event: { sentBytes: number }): void => void seen.push(event.sentBytes);

    await (await server.writer()).uploadBlob(large, { onProgress });

    expect(server.stored()).toBe(large.digest);
    expect(server.ranges.filter((range) => range !== undefined)).toHaveLength(1);
    expect(server.ranges.at(-1)).toMatch(/^[1-9][0-9]*-[0-9]+$/);
    expect(seen.at(-1)).toBe(large.sizeBytes);
  });

  it('starts again when the registry has forgotten the upload', async () => {
    const server = await serve();
    server.breakAfterBytes = 200_000;
    server.forgets = true;

    await (await server.writer()).uploadBlob(large);

    expect(server.stored()).toBe(large.digest);
    expect(server.starts).toBe(2);
  });

  it('gives up on a registry that takes nothing', async () => {
    const server = await serve();
    server.breakAlways = true;

    await expect((await server.writer()).uploadBlob(large)).rejects.toSatisfy((error) =>
      isMonoError(error, 'REGISTRY_UNREACHABLE'),
    );
  });

  it('reports what broke the source of the bytes', async () => {
    const server = await serve();
    const broken = { ...large, open: () => failing(new Error('the disk is gone')) };

    await expect((await server.writer()).uploadBlob(broken)).rejects.toThrow('the disk is gone');
  });

  it.each(['http://elsewhere.test/upload', 'http://[', ''])(
    'sends nothing to the place %j',
    async (location) => {
      const server = await serve();
      server.location = location;

      await expect((await server.writer()).uploadBlob(large)).rejects.toSatisfy((error) =>
        isMonoError(error, 'REGISTRY_PROTOCOL'),
      );
      expect(server.received).toBe(0);
    },
  );

  it('does not follow an upload that is redirected as a page', async () => {
    const server = await serve();
    server.redirects = true;

    await expect((await server.writer()).uploadBlob(large)).rejects.toSatisfy((error) =>
      isMonoError(error, 'REGISTRY_PROTOCOL'),
    );
  });
});

describe('RepositoryWriter.putManifest()', () => {
  it('refuses an answer that states another digest', async () => {
    const server = await serve();
    const manifest = { bytes: small.bytes, mediaType: 'application/json', tag: '1.0.0' };

    await expect((await server.writer()).putManifest(manifest)).rejects.toSatisfy((error) =>
      isMonoError(error, 'REGISTRY_PROTOCOL'),
    );
  });
});

function accountOf(found: typeof TEST_ACCOUNT | undefined): CredentialSource {
  return () => Promise.resolve({ found, lookedIn: [] });
}

function blobOf(bytes: Uint8Array) {
  return {
    bytes,
    digest: digestOf(bytes),
    sizeBytes: bytes.length,
    async *open() {
      await Promise.resolve();
      for (let offset = 0; offset < bytes.length; offset += 65_536) {
        yield bytes.subarray(offset, offset + 65_536);
      }
    },
  };
}

// eslint-disable-next-line require-yield -- it fails before it gives anything
async function* failing(error: Error): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  throw error;
}

/** A registry that takes one upload and fails as it is told. */
class UploadServer {
  breakAfterBytes: number | undefined;
  breakAlways = false;
  forgets = false;
  deniesMount = false;
  redirects = false;
  location: string | undefined;
  starts = 0;
  readonly ranges: (string | undefined)[] = [];
  #pieces: Buffer[] = [];
  #digest: string | undefined;
  #port = 0;

  get received(): number {
    return this.#pieces.reduce((sum, { length }) => sum + length, 0);
  }

  stored(): string | undefined {
    const actual = `sha256:${createHash('sha256').update(Buffer.concat(this.#pieces)).digest('hex')}`;
    return actual === this.#digest ? actual : undefined;
  }

  async writer() {
    return clientFor({ url: `http://127.0.0.1:${this.#port}` }).openWriter(target);
  }

  async listen(): Promise<this> {
    const server = createServer((request, response) => this.#answer(request, response));
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    this.#port = (server.address() as AddressInfo).port;
    return this;
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { method, url = '' } = request;
    if (this.redirects) {
      end(response, 302, { location: '/v2/login' });
      return;
    }
    if (method === 'HEAD') {
      end(response, 404);
      return;
    }
    if (method === 'POST') {
      this.#start(url, response);
      return;
    }
    if (method === 'PATCH') {
      this.#append(request, response);
      return;
    }
    if (method === 'GET') {
      this.#status(response);
      return;
    }
    request.resume();
    if (url.includes('/manifests/')) {
      end(response, 201, { 'docker-content-digest': `sha256:${'0'.repeat(64)}` });
      return;
    }
    this.#digest = new URL(url, 'http://x').searchParams.get('digest') ?? undefined;
    end(response, 201);
  }

  #start(url: string, response: ServerResponse): void {
    if (this.deniesMount && url.includes('mount=')) {
      end(response, 403);
      return;
    }
    this.starts += 1;
    this.#pieces = [];
    end(response, 202, { location: this.location ?? `/v2/up/${this.starts}?state=a%3Db` });
  }

  #append(request: IncomingMessage, response: ServerResponse): void {
    this.ranges.push(request.headers['content-range']);
    if (this.breakAlways) return void request.socket.destroy();
    request.on('data', (piece: Buffer) => {
      this.#pieces.push(piece);
      if (this.received < (this.breakAfterBytes ?? Infinity)) return;
      this.breakAfterBytes = undefined;
      request.socket.destroy();
    });
    request.on('end', () => end(response, 202, { location: '/v2/up/next?state=c' }));
  }

  #status(response: ServerResponse): void {
    if (this.forgets || this.breakAlways) {
      end(response, 404);
      return;
    }
    end(response, 204, { range: `0-${this.received - 1}` });
  }
}

async function serve(): Promise<UploadServer> {
  return new UploadServer().listen();
}

function end(response: ServerResponse, status: number, headers = {}): void {
  response.writeHead(status, headers).end();
}
