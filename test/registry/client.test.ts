import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { digestOf, type Digest } from '../../src/lib/base/digest.js';
import { parsePlatform } from '../../src/lib/registry/platform.js';
import { formatReference, parseReference } from '../../src/lib/registry/reference.js';
import {
  pushOciLayout,
  startDockerRegistry,
  TEST_ACCOUNT,
  type DockerRegistry,
} from '../support/docker-registry.js';
import { rejectionOf } from '../support/failure.js';
import { writeOciLayout, type WrittenLayout } from '../support/oci-layout.js';
import { foundCredentials } from './found-credentials.js';
import { bytesOf, clientFor, itemsOf } from './test-client.js';

const AMD64 = parsePlatform('linux/amd64');
const ARM64 = parsePlatform('linux/arm64');

describe('RegistryClient with a real registry', () => {
  let directory: string;
  let registry: DockerRegistry;
  let single: WrittenLayout;
  let multi: WrittenLayout;
  const tar = randomBytes(3_000_000);

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'mono-client-'));
    registry = await startDockerRegistry();
    single = await writeOciLayout(join(directory, 'single'), {
      layers: [{ tar, compression: 'gzip' }, new Uint8Array(512)],
      config: { Cmd: ['/bin/sh'] },
      format: 'docker',
    });
    multi = await writeOciLayout(join(directory, 'multi'), [
      { layers: [new Uint8Array(1024)] },
      {
        layers: [new Uint8Array(2048)],
        platform: { os: 'linux', architecture: 'arm64', variant: 'v8' },
      },
    ]);
    for (const tag of ['1.35', '1.36.0', '1.36.1', 'latest', 'musl']) {
      await pushOciLayout(registry, single.directory, `library/busybox:${tag}`);
    }
    await pushOciLayout(registry, multi.directory, 'team/two:1');
  });
  afterAll(async () => {
    await registry.stop();
    await rm(directory, { recursive: true, force: true });
  });

  it('resolves a name of Docker Hub at a configured endpoint', async () => {
    const client = clientFor(registry);

    const image = await client.resolve(parseReference('busybox:1.35'), AMD64);

    const [written] = single.images;
    expect(formatReference(image.reference)).toBe(
      `docker.io/library/busybox:1.35@${single.top.digest}`,
    );
    expect(image.index).toBeUndefined();
    expect(image.manifest.digest).toBe(written!.manifest.digest);
    expect(image.manifest.mediaType).toBe('application/vnd.docker.distribution.manifest.v2+json');
    expect(image.manifest.parsed.layers).toEqual(
      written!.layers.map(({ mediaType, digest, size }) => ({
        mediaType,
        digest,
        sizeBytes: size,
      })),
    );
    expect(image.config.digest).toBe(written!.config.digest);
    expect(digestOf(image.config.bytes)).toBe(written!.config.digest);
  });

  it('takes the manifest of the platform out of an index', async () => {
    const client = clientFor(registry);
    const reference = parseReference('team/two:1');

    const [amd64, arm64] = await Promise.all([
      client.resolve(reference, AMD64),
      client.resolve(reference, ARM64),
    ]);

    expect(amd64.index?.digest).toBe(multi.top.digest);
    expect(amd64.reference.digest).toBe(multi.top.digest);
    expect(amd64.manifest.digest).toBe(multi.images[0]!.manifest.digest);
    expect(arm64.manifest.digest).toBe(multi.images[1]!.manifest.digest);
  });

  it('resolves a digest without a tag', async () => {
    const reference = parseReference(`busybox@${single.top.digest}`);

    const image = await clientFor(registry).resolve(reference, AMD64);

    expect(image.reference).toEqual(reference);
  });

  it('takes `latest` for a name without tag and digest', async () => {
    const image = await clientFor(registry).resolve(parseReference('busybox'), AMD64);

    expect(formatReference(image.reference)).toBe(`docker.io/library/busybox@${single.top.digest}`);
  });

  it('serves a loopback registry by its own name over plain http', async () => {
    const client = clientFor({});

    const image = await client.resolve(
      parseReference(`${registry.host}/library/busybox:musl`),
      AMD64,
    );

    expect(image.manifest.digest).toBe(single.top.digest);
  });

  it('says which platforms there are when the wanted one is missing', async () => {
    const client = clientFor(registry);
    const s390x = parsePlatform('linux/s390x');

    const fromIndex = await rejectionOf(client.resolve(parseReference('team/two:1'), s390x));
    const fromConfig = await rejectionOf(client.resolve(parseReference('busybox'), s390x));

    expect(fromIndex).toMatchObject({
      code: 'PLATFORM_NOT_FOUND',
      message:
        'Cannot find `docker.io/team/two:1` for `linux/s390x`: the image is not built for it',
      hint: 'It is built for `linux/amd64`, `linux/arm64/v8`.',
    });
    expect(fromConfig.details['available']).toEqual(['linux/amd64']);
  });

  it('names the nearest tags when a tag is unknown', async () => {
    const client = clientFor(registry);

    const error = await rejectionOf(client.resolve(parseReference('busybox:1.36.2'), AMD64));

    expect(error).toMatchObject({
      code: 'TAG_NOT_FOUND',
      message: 'Cannot find `docker.io/library/busybox:1.36.2`: it has no tag `1.36.2`',
    });
    expect(error.details['nearest']).toEqual(['1.36.0', '1.36.1', '1.35']);
    expect(error.hint).toBe('The nearest tags are `1.36.0`, `1.36.1`, `1.35`.');
  });

  it('tells an unknown repository from an unknown tag', async () => {
    const client = clientFor(registry);

    const error = await rejectionOf(client.resolve(parseReference('library/busibox:1.35'), AMD64));

    expect(error).toMatchObject({
      code: 'REGISTRY_NOT_FOUND',
      message: 'Cannot find `docker.io/library/busibox`: `docker.io` has no such repository',
    });
  });

  it('names an unknown digest', async () => {
    const missing = `sha256:${'0'.repeat(64)}`;

    const error = await rejectionOf(
      clientFor(registry).resolve(parseReference(`busybox@${missing}`), AMD64),
    );

    expect(error.code).toBe('REGISTRY_NOT_FOUND');
    expect(error.message).toContain(missing);
  });

  it('lists the tags', async () => {
    const tags = await itemsOf(clientFor(registry).listTags(parseReference('busybox')));

    expect(tags.toSorted()).toEqual(['1.35', '1.36.0', '1.36.1', 'latest', 'musl']);
  });

  it('streams a blob as it is stored', async () => {
    const client = clientFor(registry);
    const reference = parseReference('busybox');
    const { manifest } = await client.resolve(reference, AMD64);
    const [layer] = manifest.parsed.layers;
    const received: number[] = [];

    const blob = await bytesOf(
      client.openBlob(reference, layer!, {
        onProgress: ({ receivedBytes }) => received.push(receivedBytes),
      }),
    );

    expect(blob.equals(gzipSync(tar, { level: 6 }))).toBe(true);
    expect(received.at(-1)).toBe(layer!.sizeBytes);
  });

  it('fetches only what a kept prefix lacks', async () => {
    const client = clientFor(registry);
    const stored = await readFile(blobPath(single, single.images[0]!.layers[0]!.digest));
    const layer = layerOf(single);

    const received: number[] = [];

    const whole = await bytesOf(
      client.openBlob(parseReference('busybox'), layer, {
        prefix: [stored.subarray(0, 2_000_000)],
        onProgress: ({ receivedBytes }) => received.push(receivedBytes),
      }),
    );

    expect(whole.equals(stored)).toBe(true);
    expect(received[0]).toBeGreaterThan(2_000_000);
  });

  it('reports a kept prefix that is not the beginning of the blob', async () => {
    const client = clientFor(registry);
    const prefix = [new Uint8Array(2_000_000)];

    const error = await rejectionOf(
      bytesOf(client.openBlob(parseReference('busybox'), layerOf(single), { prefix })),
    );

    expect(error.code).toBe('BLOB_DIGEST_MISMATCH');
  });

  it('names the blob that the registry does not have', async () => {
    const digest = `sha256:${'1'.repeat(64)}` as Digest;
    const layer = { ...layerOf(single), digest };

    const error = await rejectionOf(
      bytesOf(clientFor(registry).openBlob(parseReference('busybox'), layer)),
    );

    expect(error.code).toBe('REGISTRY_NOT_FOUND');
    expect(error.message).toContain(`fetch blob \`${digest}\` of \`docker.io/library/busybox\``);
  });

  it('stops when the signal is aborted', async () => {
    const abort = new AbortController();
    const pieces = clientFor(registry).openBlob(parseReference('busybox'), layerOf(single), {
      signal: abort.signal,
    });

    const error = await rejectionOf(
      (async () => {
        for await (const piece of pieces) abort.abort(piece);
      })(),
    );

    expect(error.code).toBe('CANCELLED');
  });
});

describe('RegistryClient with a registry that wants authentication', () => {
  let directory: string;
  let layout: WrittenLayout;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'mono-client-'));
    layout = await writeOciLayout(directory, { layers: [new Uint8Array(1024)] });
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  it('gets an anonymous token and uses it for all of a repository', async () => {
    const registry = await startDockerRegistry({ auth: 'token' });
    await pushOciLayout(registry, directory, 'library/a:1');
    const client = clientFor(registry);
    const reference = parseReference('a:1');

    const { manifest } = await client.resolve(reference, AMD64);
    await bytesOf(client.openBlob(reference, manifest.parsed.layers[0]!));

    expect(registry.issuer!.requests.map(({ authorization }) => authorization)).toEqual([
      undefined,
    ]);
    expect(registry.issuer!.requests[0]!.url.searchParams.get('scope')).toBe(
      'repository:library/a:pull',
    );
    await registry.stop();
  });

  it('shares one token request among parallel ones', async () => {
    const registry = await startDockerRegistry({ auth: 'token' });
    await pushOciLayout(registry, directory, 'library/a:1');
    const client = clientFor(registry);

    await Promise.all(
      Array.from({ length: 5 }, () => client.resolve(parseReference('a:1'), AMD64)),
    );

    expect(registry.issuer!.requests).toHaveLength(1);
    await registry.stop();
  });

  it('shows the account to the token server', async () => {
    const registry = await startDockerRegistry({ auth: 'token', anonymousPull: false });
    await pushOciLayout(registry, directory, 'library/a:1');
    const asked: string[] = [];
    const client = clientFor(registry, {
      credentials: (name) => {
        asked.push(name);
        return foundCredentials(TEST_ACCOUNT)(name);
      },
    });

    const image = await client.resolve(parseReference('a:1'), AMD64);
    const anonymous = await rejectionOf(clientFor(registry).resolve(parseReference('a:1'), AMD64));

    expect(image.manifest.digest).toBe(layout.top.digest);
    expect(asked).toEqual(['docker.io']);
    expect(anonymous.code).toBe('REGISTRY_UNAUTHORIZED');
    expect(anonymous.hint).toBe('Check the name, or run `mono login docker.io`.');
    await registry.stop();
  });

  it('shows the account to a registry with basic authentication', async () => {
    const registry = await startDockerRegistry({ auth: 'htpasswd' });
    await pushOciLayout(registry, directory, 'library/a:1');
    const reference = parseReference('a:1');
    const wrong = { ...TEST_ACCOUNT, password: 'wr0ng-passw0rd' };

    const image = await clientFor(registry, {
      credentials: foundCredentials(TEST_ACCOUNT),
    }).resolve(reference, AMD64);
    const refused = await rejectionOf(
      clientFor(registry, { credentials: foundCredentials(wrong) }).resolve(reference, AMD64),
    );
    const anonymous = await rejectionOf(clientFor(registry).resolve(reference, AMD64));

    expect(image.manifest.digest).toBe(layout.top.digest);
    expect(refused.code).toBe('REGISTRY_UNAUTHORIZED');
    expect(refused.message).toContain('does not accept the credentials');
    expect(JSON.stringify([refused, refused.message])).not.toContain(wrong.password);
    expect(anonymous.code).toBe('REGISTRY_UNAUTHORIZED');
    await registry.stop();
  });

  it('trusts the CA that is configured for a registry, and no certificate without it', async () => {
    const registry = await startDockerRegistry({ tls: true });
    await pushOciLayout(registry, directory, 'library/a:1');
    const { url, caPem } = registry;
    const reference = parseReference('a:1');

    const trusted = await clientFor({ url, caPem }).resolve(reference, AMD64);
    const insecure = await clientFor({ url, insecure: true }).resolve(reference, AMD64);
    const untrusted = await rejectionOf(clientFor({ url }).resolve(reference, AMD64));

    expect(trusted.manifest.digest).toBe(layout.top.digest);
    expect(insecure.manifest.digest).toBe(layout.top.digest);
    expect(untrusted.code).toBe('REGISTRY_UNREACHABLE');
    expect(untrusted.message).toContain('its certificate is not signed by a known authority');
    expect(untrusted.hint).toBe("Configure the registry's own CA file.");
    await registry.stop();
  });
});

function layerOf(layout: WrittenLayout) {
  const { mediaType, digest, size } = layout.images[0]!.layers[0]!;
  return { mediaType, digest: digest as Digest, sizeBytes: size };
}

function blobPath(layout: WrittenLayout, digest: string): string {
  return join(layout.directory, 'blobs', 'sha256', digest.slice('sha256:'.length));
}
