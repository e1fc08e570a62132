import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  pushOciLayout,
  startDockerRegistry,
  type DockerRegistryOptions,
} from '../support/docker-registry.js';
import { httpRequest } from '../support/http-request.js';
import { writeOciLayout, type WrittenLayout } from '../support/oci-layout.js';

const OCI = 'application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json';

describe('startDockerRegistry()', () => {
  let directory: string;
  let layout: WrittenLayout;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'mono-layout-'));
    layout = await writeOciLayout(directory, [
      { layers: [new Uint8Array(1024)] },
      {
        layers: [{ tar: new Uint8Array(2048), compression: 'zstd' }],
        platform: { os: 'linux', architecture: 'arm64', variant: 'v8' },
      },
    ]);
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  const flavours: { name: string; options: DockerRegistryOptions }[] = [
    { name: 'without authentication', options: {} },
    { name: 'with basic authentication', options: { auth: 'htpasswd' } },
    { name: 'with token authentication', options: { auth: 'token' } },
    { name: 'over TLS', options: { tls: true } },
  ];
  it.each(flavours)('takes and gives back a pushed layout $name', async ({ options }) => {
    const registry = await startDockerRegistry(options);
    try {
      const digest = await pushOciLayout(registry, directory, 'library/two:1.0.0');
      const authorization = registry.pushAuthorization('library/two');
      const answer = await httpRequest(`${registry.url}/v2/library/two/manifests/1.0.0`, {
        caPem: registry.caPem,
        headers: { accept: OCI, ...(authorization ? { authorization } : {}) },
      });

      expect(digest).toBe(layout.top.digest);
      expect(answer.status).toBe(200);
      expect(answer.headers['docker-content-digest']).toBe(digest);
    } finally {
      await registry.stop();
    }
  });
});
