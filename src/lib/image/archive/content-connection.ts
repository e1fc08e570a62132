import { isDigest, type Digest } from '../../base/digest.js';
import { throwIfAborted } from '../../base/async.js';
import { invariant } from '../../errors.js';
import type { RepositoryRequest } from '../../registry/transport/connection.js';
import type { HttpResponse } from '../../registry/transport/http.js';
import type { RepositoryReader } from '../../registry/transport/repository-reader.js';
import { notInArchive } from './archive-errors.js';
import type { ImageContent } from './image-content.js';

/**
 * Returns a connection to `content` as if it were a repository, so that everything which reads
 * registries, and checks what they send, reads archives and layouts too. Nobody else has the same
 * bytes: there are no mirrors.
 */
export function connectToContent(content: ImageContent): RepositoryReader {
  async function get(request: RepositoryRequest): Promise<HttpResponse> {
    const { path, purpose, reference, signal } = request;
    throwIfAborted(signal);
    const [kind, name = ''] = path.split('/');
    invariant(
      kind === 'manifests' || kind === 'blobs',
      `nothing in an archive is asked to ${purpose}`,
    );
    const digest = isDigest(name) ? name : content.find(reference.tag);
    const blob = await content.open(digest);
    if (!blob) throw notInArchive(content.name, `\`${digest}\``);
    return answer(digest, blob);
  }
  return { get, getFromRegistry: get, distrust: () => false };
}

function answer(
  digest: Digest,
  blob: NonNullable<Awaited<ReturnType<ImageContent['open']>>>,
): HttpResponse {
  const headers: Readonly<Record<string, string | undefined>> = {
    'content-length': String(blob.sizeBytes),
    'content-type': blob.mediaType,
    'docker-content-digest': digest,
  };
  return {
    status: 200,
    url: new URL(`file:///${digest}`),
    header: (name) => headers[name],
    body: blob.open(),
    discard() {
      // Nothing is held open before the body is read.
    },
  };
}
