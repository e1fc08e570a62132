import { openBlob } from '../../registry/blob/open-blob.js';
import type { RegistryClient } from '../../registry/client.js';
import { fetchDocument } from '../../registry/manifest/fetch-manifest.js';
import { resolveImage } from '../../registry/manifest/resolve-image.js';
import { connectToContent } from '../archive/content-connection.js';
import type { ImageContent } from '../archive/image-content.js';

/** A file that ends early ends early again. */
const NO_RETRY = { maxAttempts: 1, baseDelayMs: 0, maxDelayMs: 0, maxRetryAfterMs: 0 } as const;

/** Returns what reads images from `content`, whatever registry and repository are asked for. */
export function clientOfContent(
  content: ImageContent,
): Pick<RegistryClient, 'resolve' | 'openBlob' | 'fetchDocument'> {
  const connection = connectToContent(content);
  return {
    resolve: (reference, platform, options) =>
      resolveImage(connection, { reference, platform }, options),
    fetchDocument: (reference, descriptor, options) =>
      fetchDocument(connection, { reference, descriptor, ...options }),
    openBlob: (reference, descriptor, options) =>
      openBlob({ connection, reference, descriptor, retry: NO_RETRY }, options),
  };
}
