import { describe, expect, it } from 'vitest';
import { digestOf } from '../../../src/lib/base/digest.js';
import { DocumentCache } from '../../../src/lib/registry/manifest/document-cache.js';
import { parseReference, pinReference } from '../../../src/lib/registry/reference.js';
import { servedImage, startHostileRegistry } from '../../support/hostile-registry.js';
import { clientFor } from '../test-client.js';

const PLATFORM = { os: 'linux', architecture: 'amd64' };

describe('DocumentCache', () => {
  const reference = parseReference('a:1');
  const document = (size: number, fill: number) => {
    const bytes = new Uint8Array(size).fill(fill);
    return { digest: digestOf(bytes), bytes, mediaType: 'application/json' };
  };

  it('finds a document of the same repository only', () => {
    const cache = new DocumentCache();
    const one = document(10, 1);
    cache.add(reference, one.digest, one);

    expect(cache.find(parseReference('a:2'), one.digest)?.bytes).toBe(one.bytes);
    expect(cache.find(parseReference('b:1'), one.digest)).toBeUndefined();
    expect(cache.find(reference, undefined)).toBeUndefined();
  });

  it('forgets the oldest of too many bytes', () => {
    const cache = new DocumentCache();
    const documents = [1, 2, 3, 4, 5].map((fill) => document(4 * 1024 * 1024, fill));
    for (const it of documents) cache.add(reference, it.digest, it);

    const found = documents.map((it) => cache.find(reference, it.digest) !== undefined);

    expect(found).toEqual([false, true, true, true, true]);
  });
});

describe('RegistryClient', () => {
  it('asks for manifest and configuration once when it resolves a tag and then its digest', async () => {
    const image = servedImage();
    const registry = await startHostileRegistry(image);
    const client = clientFor({ url: registry.url });
    const resolved = await client.resolve(parseReference('a:1.0.0'), PLATFORM);
    const requests = registry.requests.length;

    const again = await client.resolve(
      pinReference(parseReference('a:1.0.0'), resolved.manifest.digest),
      PLATFORM,
    );
    await client.resolve(parseReference('a:1.0.0'), PLATFORM);

    expect(again).toEqual(resolved);
    expect(requests).toBe(2);
    // What a tag names is asked for each time.
    expect(registry.requests.map(({ path }) => path).slice(requests)).toEqual([
      '/v2/library/a/manifests/1.0.0',
    ]);
    client.close();
    await registry.stop();
  });

  it('asks for the digest of a tag without fetching anything', async () => {
    const image = servedImage();
    const registry = await startHostileRegistry(image);
    const client = clientFor({ url: registry.url });

    const digest = await client.headDigest(parseReference('a:1.0.0'));

    expect(digest).toBe(image.manifest.digest);
    expect(registry.requests.map(({ method }) => method)).toEqual(['HEAD']);
    client.close();
    await registry.stop();
  });

  it('fetches the manifest where the registry does not state its digest', async () => {
    const image = servedImage();
    const registry = await startHostileRegistry(image, (request, response) => {
      if (request.method !== 'HEAD') return undefined;
      response.writeHead(200).end();
      return 'handled';
    });
    const client = clientFor({ url: registry.url });

    expect(await client.headDigest(parseReference('a:1.0.0'))).toBe(image.manifest.digest);
    client.close();
    await registry.stop();
  });
});
