import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { digestOf, type Digest } from '../../../src/lib/base/digest.js';
import { DEFAULT_TIMEOUTS } from '../../../src/lib/registry/client.js';
import { parseReference } from '../../../src/lib/registry/reference.js';
import {
  listReferrers,
  type Referrer,
} from '../../../src/lib/registry/referrers/list-referrers.js';
import { connect } from '../../../src/lib/registry/transport/connection.js';
import { startDockerRegistry, type DockerRegistry } from '../../support/docker-registry.js';
import { rejectionOf } from '../../support/failure.js';
import { servedImage, startHostileRegistry } from '../../support/hostile-registry.js';
import { pushArtifact } from '../../support/push-artifact.js';
import type { PushTarget } from '../../support/push-oci-layout.js';
import {
  startReferrersRegistry,
  type ReferrersRegistry,
} from '../../support/referrers-registry.js';
import { itemsOf, QUICK_RETRY } from '../test-client.js';

const SUBJECT = digestOf(Buffer.from('{}'));
const OTHER = digestOf(Buffer.from('other'));
let plain: DockerRegistry;
let api: ReferrersRegistry;

beforeAll(async () => {
  plain = await startDockerRegistry();
  api = await startReferrersRegistry(plain, { pageSize: 2 });
});

afterAll(async () => {
  await api.stop();
  await plain.stop();
});

describe('listReferrers()', () => {
  it('asks the API, page by page, and no fallback tag', async () => {
    for (const name of ['a', 'b', 'c']) await refer(api, name, { repository: 'by/api' });
    await refer(api, 'd', { repository: 'by/api', subject: OTHER });

    const found = await listed(api, 'by/api');

    expect(found.map(({ artifactType }) => artifactType)).toEqual(['text/a', 'text/b', 'text/c']);
    expect(found[0]?.annotations).toEqual({ name: 'a' });
    expect(api.asked).toHaveLength(2);
  });

  it('reads the fallback tag where the API answers 404', async () => {
    for (const name of ['a', 'b', 'c']) await refer(plain, name, { repository: 'by/tag' });

    const found = await listed(plain, 'by/tag');

    expect(found.map(({ artifactType }) => artifactType)).toEqual(['text/a', 'text/b', 'text/c']);
  });

  it.each(['API', 'fallback tag'])('gives nothing where nothing refers, by %s', async (by) => {
    expect(await listed(by === 'API' ? api : plain, 'by/nobody')).toEqual([]);
  });

  it.each([
    ['no list', '{"manifests":{}}', 'MANIFEST_INVALID'],
    ['a list of no descriptors', '{"manifests":[{}]}', 'MANIFEST_INVALID'],
    ['no JSON', '<html>', 'MANIFEST_INVALID'],
  ])('refuses %s', async (_name, text, code) => {
    const registry = await startHostileRegistry(servedImage(), (request, response) => {
      if (!request.url?.includes('/referrers/')) return undefined;
      response.end(text);
      return 'handled';
    });

    const error = await rejectionOf(listed(registry, 'a/b'));
    await registry.stop();

    expect(error.code).toBe(code);
  });

  it('follows no list without end', async () => {
    let page = 0;
    const registry = await startHostileRegistry(servedImage(), (request, response) => {
      response.setHeader('link', `<${request.url ?? ''}&page=${(page += 1)}>; rel="next"`);
      response.end('{"manifests":[]}');
      return 'handled';
    });

    const error = await rejectionOf(listed(registry, 'a/b'));
    await registry.stop();

    expect(error.code).toBe('REGISTRY_PROTOCOL');
    expect(error.message).toContain('the list does not end');
    expect(page).toBeLessThan(100);
  });
});

async function refer(
  registry: PushTarget,
  name: string,
  { repository, subject = SUBJECT }: { readonly repository: string; readonly subject?: Digest },
): Promise<void> {
  const layers = [{ mediaType: 'text/plain', text: name }];
  const artifact = { layers, artifactType: `text/${name}`, annotations: { name }, subject };
  const configMediaType = 'application/vnd.oci.empty.v1+json';
  await pushArtifact(registry, { repository }, { ...artifact, configMediaType });
}

async function listed({ url }: { readonly url: string }, name: string): Promise<Referrer[]> {
  const connection = connect(
    'docker.io',
    { url },
    {
      credentials: () => Promise.resolve({ found: undefined, lookedIn: [] }),
      userAgent: 'mono-test/1.0',
      timeouts: DEFAULT_TIMEOUTS,
      retry: QUICK_RETRY,
    },
  );
  const digest = SUBJECT;
  try {
    return await itemsOf(listReferrers({ connection, reference: parseReference(name), digest }));
  } finally {
    connection.close();
  }
}
