import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { httpRequest, type HttpAnswer } from './http-request.js';

/** What a push needs to know of a registry. */
export interface PushTarget {
  readonly url: string;
  readonly caPem: string | undefined;
  pushAuthorization(repository: string): string | undefined;
}

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
}

interface Target {
  readonly registry: PushTarget;
  readonly layoutDirectory: string;
  readonly repository: string;
}

/**
 * Pushes the only manifest or index of an OCI layout to `registry` under `name` (`library/a:1`),
 * byte for byte, and returns its digest. Blobs are not looked into, so broken ones arrive broken.
 */
export async function pushOciLayout(
  registry: PushTarget,
  layoutDirectory: string,
  name: string,
): Promise<string> {
  const separator = name.lastIndexOf(':');
  if (separator < 0) throw new Error(`a tag is missing: ${name}`);
  const target = { registry, layoutDirectory, repository: name.slice(0, separator) };
  const index = JSON.parse(await readFile(join(layoutDirectory, 'index.json'), 'utf8')) as {
    manifests: readonly Descriptor[];
  };
  const [top] = index.manifests;
  if (!top || index.manifests.length > 1) throw new Error('the layout must have one manifest');
  await pushManifest(target, top, name.slice(separator + 1));
  return top.digest;
}

async function pushManifest(target: Target, descriptor: Descriptor, tag?: string): Promise<void> {
  const bytes = await readBlob(target, descriptor);
  const manifest = JSON.parse(bytes.toString('utf8')) as {
    manifests?: readonly Descriptor[];
    config?: Descriptor;
    layers?: readonly Descriptor[];
  };
  for (const child of manifest.manifests ?? []) await pushManifest(target, child);
  const blobs = manifest.config ? [manifest.config, ...(manifest.layers ?? [])] : [];
  for (const blob of blobs) await pushBlob(target, blob);
  const answer = await send(target, `manifests/${tag ?? descriptor.digest}`, {
    method: 'PUT',
    body: bytes,
    headers: { 'content-type': descriptor.mediaType },
  });
  expectStatus(answer, 201);
}

async function pushBlob(target: Target, descriptor: Descriptor): Promise<void> {
  const started = await send(target, 'blobs/uploads/', { method: 'POST' });
  expectStatus(started, 202);
  const location = new URL(started.headers.location ?? '', target.registry.url);
  location.searchParams.set('digest', descriptor.digest);
  const body = await readBlob(target, descriptor);
  const headers = { 'content-type': 'application/octet-stream' };
  expectStatus(await send(target, location, { method: 'PUT', body, headers }), 201);
}

async function send(
  target: Target,
  to: string | URL,
  options: { method: string; body?: Buffer; headers?: Record<string, string> },
): Promise<HttpAnswer> {
  const { registry, repository } = target;
  const url = to instanceof URL ? to : `${registry.url}/v2/${repository}/${to}`;
  const authorization = registry.pushAuthorization(repository);
  return httpRequest(url, {
    ...options,
    caPem: registry.caPem,
    headers: { ...options.headers, ...(authorization ? { authorization } : {}) },
  });
}

async function readBlob(target: Target, descriptor: Descriptor): Promise<Buffer> {
  const [algorithm, hex] = descriptor.digest.split(':');
  return readFile(join(target.layoutDirectory, 'blobs', algorithm ?? '', hex ?? ''));
}

function expectStatus(answer: HttpAnswer, status: number): void {
  if (answer.status === status) return;
  throw new Error(`the registry answered ${answer.status}: ${answer.body.toString('utf8')}`);
}
