import { readFile } from 'node:fs/promises';
import { TLSSocket } from 'node:tls';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Digest } from '../../src/lib/base/digest.js';
import type { RegistryEndpoint } from '../../src/lib/registry/transport/endpoint.js';
import { rejectionOf } from '../support/failure.js';
import { servedImage, startHostileRegistry } from '../support/hostile-registry.js';
import { useTemporaryDirectory } from '../support/temporary-directory.js';
import { createTestCertificate } from '../support/test-certificate.js';
import { AMD64, REFERENCE } from './hostile/hostile-fixture.js';
import { bytesOf, clientFor } from './test-client.js';

describe('a client certificate', () => {
  const directory = useTemporaryDirectory();
  let trust: Required<Pick<RegistryEndpoint, 'caPem' | 'clientCertificate'>>;
  let serverTls: { key: string; cert: string; ca: string };

  beforeEach(async () => {
    const { caPem, certificatePath, keyPath } = await createTestCertificate(directory());
    const certificatePem = await readFile(certificatePath, 'utf8');
    const keyPem = await readFile(keyPath, 'utf8');
    trust = { caPem, clientCertificate: { certificatePem, keyPem } };
    serverTls = { key: keyPem, cert: certificatePem, ca: caPem };
  });

  it('lets us in where one is demanded', async () => {
    const image = servedImage();
    const registry = await startHostileRegistry(image, undefined, {
      ...serverTls,
      requestCert: true,
      rejectUnauthorized: true,
    });
    const { url } = registry;

    const resolved = await clientFor({ url, ...trust }).resolve(REFERENCE, AMD64);
    const error = await rejectionOf(
      clientFor({ url, caPem: trust.caPem }).resolve(REFERENCE, AMD64),
    );
    await registry.stop();

    expect(resolved.manifest.digest).toBe(image.manifest.digest);
    expect(['REGISTRY_UNREACHABLE', 'REGISTRY_PROTOCOL']).toContain(error.code);
  });

  it('is shown to no host that we are redirected to', async () => {
    const image = servedImage();
    const shown: string[] = [];
    const tls = { ...serverTls, requestCert: true, rejectUnauthorized: false };
    const storage = await startHostileRegistry(
      image,
      ({ socket }) => {
        const certificate = socket instanceof TLSSocket ? socket.getPeerCertificate() : {};
        shown.push(...Object.keys(certificate));
        return undefined;
      },
      tls,
    );
    const registry = await startHostileRegistry(
      image,
      (request, response) => {
        response.writeHead(307, { location: `${storage.url}${request.url ?? ''}` }).end();
        return 'handled';
      },
      tls,
    );
    const { mediaType, digest, bytes } = image.layer;
    const layer = { mediaType, digest: digest as Digest, sizeBytes: bytes.length };
    const client = clientFor({ url: registry.url, ...trust });

    const blob = await bytesOf(client.openBlob(REFERENCE, layer));
    await registry.stop();
    await storage.stop();

    expect(blob.equals(image.layer.bytes)).toBe(true);
    expect(storage.requests).toHaveLength(1);
    expect(shown).toEqual([]);
  });
});
