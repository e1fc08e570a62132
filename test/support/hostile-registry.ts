import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import { ociDigest } from './oci-layout.js';

const LAYER = 'application/vnd.oci.image.layer.v1.tar';

/** Answers a request. What it does not answer is answered as a well-behaved registry would. */
export type Misbehaviour = (
  request: IncomingMessage,
  response: ServerResponse,
) => 'handled' | undefined | Promise<'handled' | undefined>;

/** A request as it came in. */
export interface SeenRequest {
  readonly method: string;
  /** path and query */
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
}

/** An image that a registry can serve from memory. */
export interface ServedImage {
  readonly manifest: ServedDocument;
  readonly config: ServedDocument;
  readonly layer: ServedDocument;
  /** by digest: everything above and what tests add */
  readonly documents: Map<string, ServedDocument>;
  /** by tag: digests */
  readonly tags: Map<string, string>;
}

/** Bytes with their media type and digest. */
export interface ServedDocument {
  readonly mediaType: string;
  readonly digest: string;
  readonly bytes: Buffer;
}

/** A registry that serves one image, and misbehaves as it is told. */
export interface HostileRegistry {
  readonly url: string;
  readonly host: string;
  readonly requests: readonly SeenRequest[];
  stop(): Promise<void>;
}

/** A layer to serve: its archive, and how that is wrapped if it is. */
export interface ServedLayer {
  readonly tar: Uint8Array;
  readonly wrapped?: { readonly as: 'gzip' | 'zstd'; readonly bytes: Uint8Array };
}

/** Returns an image with one layer of `layerBytes`, tagged `1.0.0`. */
export function servedImage(layerBytes: Buffer = Buffer.alloc(1000, 'layer')): ServedImage {
  return servedLayers([{ tar: layerBytes }]);
}

/** Returns an image with these layers, the bottom one first, tagged `1.0.0`. */
export function servedLayers(
  inputs: readonly [ServedLayer, ...ServedLayer[]],
): ServedImage & { readonly layers: readonly ServedDocument[] } {
  const layers = inputs.map(({ tar, wrapped }) =>
    document(`${LAYER}${wrapped ? `+${wrapped.as}` : ''}`, Buffer.from(wrapped?.bytes ?? tar)),
  );
  const config = jsonDocument('application/vnd.oci.image.config.v1+json', {
    os: 'linux',
    architecture: 'amd64',
    config: {},
    rootfs: { type: 'layers', diff_ids: inputs.map(({ tar }) => ociDigest(tar)) },
  });
  const manifest = jsonDocument('application/vnd.oci.image.manifest.v1+json', {
    schemaVersion: 2,
    config: descriptorOf(config),
    layers: layers.map(descriptorOf),
  });
  const all = [manifest, config, ...layers];
  const [layer] = layers as [ServedDocument];
  return {
    manifest,
    config,
    layer,
    layers,
    documents: new Map(all.map((item) => [item.digest, item])),
    tags: new Map([['1.0.0', manifest.digest]]),
  };
}

/** Adds `value` as JSON to `image` and returns it; with a tag if one is given. */
export function addDocument(
  image: ServedImage,
  added: { mediaType: string; value: unknown; tag?: string },
): ServedDocument {
  const item = jsonDocument(added.mediaType, added.value);
  image.documents.set(item.digest, item);
  if (added.tag !== undefined) image.tags.set(added.tag, item.digest);
  return item;
}

/** Returns the descriptor of `item` as manifests hold it. */
export function descriptorOf(item: ServedDocument) {
  return { mediaType: item.mediaType, digest: item.digest, size: item.bytes.length };
}

/** Starts a registry on a free loopback port, over TLS with `tls`. The caller stops it. */
export async function startHostileRegistry(
  image: ServedImage,
  misbehave: Misbehaviour = () => undefined,
  tls?: ServerOptions,
): Promise<HostileRegistry> {
  const requests: SeenRequest[] = [];
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '/', headers } = request;
    requests.push({ method, path: url, headers });
    const outcome = await misbehave(request, response);
    if (outcome !== 'handled') serve(image, request, response);
  }
  const listener = (request: IncomingMessage, response: ServerResponse): void =>
    void answer(request, response);
  const server = tls ? createTlsServer(tls, listener) : createServer(listener);
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    host: `127.0.0.1:${port}`,
    requests,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Sends `value` as a JSON answer. */
export function sendJson(
  response: ServerResponse,
  value: unknown,
  { status = 200, headers = {} }: { status?: number; headers?: Record<string, string> } = {},
): 'handled' {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(value));
  return 'handled';
}

function serve(image: ServedImage, request: IncomingMessage, response: ServerResponse): void {
  const { pathname } = new URL(request.url ?? '/', 'http://registry');
  const [, kind, name] = /^\/v2\/.+\/(manifests|blobs|tags)\/([^/]+)$/.exec(pathname) ?? [];
  if (kind === 'tags') {
    sendJson(response, { name: 'library/a', tags: [...image.tags.keys()] });
    return;
  }
  const item = image.documents.get(image.tags.get(name ?? '') ?? name ?? '');
  if (!item) {
    const errors = [{ code: 'MANIFEST_UNKNOWN', message: 'manifest unknown' }];
    sendJson(response, { errors }, { status: 404 });
    return;
  }
  sendDocument(item, request, response);
}

function sendDocument(
  item: ServedDocument,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const total = item.bytes.length;
  const [, first] = /^bytes=([0-9]+)-$/.exec(request.headers.range ?? '') ?? [];
  const offset = Number(first ?? 0);
  const body = item.bytes.subarray(offset);
  response.writeHead(first === undefined ? 200 : 206, {
    'content-type': item.mediaType,
    'content-length': body.length,
    'docker-content-digest': item.digest,
    ...(first === undefined ? {} : { 'content-range': `bytes ${offset}-${total - 1}/${total}` }),
  });
  response.end(body);
}

function jsonDocument(mediaType: string, value: unknown): ServedDocument {
  return document(mediaType, Buffer.from(JSON.stringify(value)));
}

function document(mediaType: string, bytes: Buffer): ServedDocument {
  return { mediaType, bytes, digest: ociDigest(bytes) };
}
