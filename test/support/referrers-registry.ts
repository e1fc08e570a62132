import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { httpRequest } from './http-request.js';
import { ociDigest } from './oci-layout.js';
import { OCI_INDEX, OCI_MANIFEST } from './push-artifact.js';
import type { PushTarget } from './push-oci-layout.js';

/** A registry with the referrers API (OCI distribution-spec v1.1), which that of Debian lacks. */
export interface ReferrersRegistry extends PushTarget {
  /** paths of the requests for lists of referrers, in order */
  readonly asked: readonly string[];
  stop(): Promise<void>;
}

/**
 * Starts a server before `registry` that hands everything on to it, notes the manifests that refer to
 * others, and lists them, `pageSize` at a time.
 */
export async function startReferrersRegistry(
  registry: PushTarget,
  { pageSize = 100 } = {},
): Promise<ReferrersRegistry> {
  const index = new ReferrerIndex();
  const asked: string[] = [];

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { url: path = '', method = 'GET' } = request;
    if (path.includes('/referrers/')) {
      asked.push(path);
      const page = index.page(path, pageSize);
      response.writeHead(200, page.headers).end(page.text);
      return;
    }
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const body = Buffer.concat(pieces);
    const { accept, 'content-type': type = 'application/octet-stream' } = request.headers;
    const headers = { 'content-type': type, ...(accept ? { accept } : {}) };
    const answer = await httpRequest(new URL(path, registry.url), { method, headers, body });
    const noted = method === 'PUT' ? index.note(path, body) : undefined;
    if (noted) response.setHeader('oci-subject', noted);
    response.writeHead(answer.status, answer.headers).end(answer.body);
  }

  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.writeHead(500).end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    caPem: undefined,
    pushAuthorization: () => undefined,
    asked,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** What refers to what, by repository. */
class ReferrerIndex {
  readonly #entries: { repository: string; subject: string; descriptor: object }[] = [];

  /** Returns what the manifest that was put to `path` refers to. */
  note(path: string, body: Buffer): string | undefined {
    const repository = /^\/v2\/(.+)\/manifests\//.exec(path)?.[1];
    if (repository === undefined) return undefined;
    const { subject, artifactType, config, annotations } = JSON.parse(body.toString()) as {
      subject?: { digest: string };
      artifactType?: string;
      config?: { mediaType: string };
      annotations?: object;
    };
    if (!subject) return undefined;
    const place = { mediaType: OCI_MANIFEST, digest: ociDigest(body), size: body.length };
    const descriptor = { ...place, artifactType: artifactType ?? config?.mediaType, annotations };
    this.#entries.push({ repository, subject: subject.digest, descriptor });
    return subject.digest;
  }

  page(path: string, pageSize: number): { text: string; headers: Record<string, string> } {
    const url = new URL(path, 'http://localhost');
    const [, repository, subject] = /^\/v2\/(.+)\/referrers\/(.+)$/.exec(url.pathname) ?? [];
    const all = this.#entries.filter(
      (entry) => entry.repository === repository && entry.subject === subject,
    );
    const first = Number(url.searchParams.get('from') ?? 0);
    const manifests = all.slice(first, first + pageSize).map(({ descriptor }) => descriptor);
    const next = `<${url.pathname}?from=${first + pageSize}>; rel="next"`;
    return {
      text: JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests }),
      headers: {
        'content-type': OCI_INDEX,
        ...(first + pageSize < all.length ? { link: next } : {}),
      },
    };
  }
}
