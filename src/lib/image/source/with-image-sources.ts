import type { RegistryClient } from '../../registry/client.js';
import { isTag, type Reference } from '../../registry/reference.js';
import type { ImageContent } from '../archive/image-content.js';
import { clientOfContent } from './client-of-content.js';
import { formatSourcePlace, sourceOfReference, type ImageSource } from './image-source.js';
import type { SourceServices } from './open-image-source.js';

/**
 * Returns `client` with references that stand for files and directories read from there. Each is
 * opened once, and closed with the client.
 */
export function withImageSources(client: RegistryClient, services: SourceServices): RegistryClient {
  const opened = new Map<string, Promise<ImageContent>>();

  function contentOf(reference: Reference): Promise<ImageContent> | undefined {
    const source = sourceOfReference(reference);
    if (!source) return undefined;
    const key = formatSourcePlace(source);
    const content = opened.get(key) ?? open(source, services);
    opened.set(key, content);
    return content;
  }

  return {
    ...client,
    async resolve(reference, platform, options) {
      const content = await contentOf(reference);
      if (!content) return client.resolve(reference, platform, options);
      return clientOfContent(content).resolve(reference, platform, options);
    },
    async fetchDocument(reference, descriptor, options) {
      const content = await contentOf(reference);
      const from = content ? clientOfContent(content) : client;
      return from.fetchDocument(reference, descriptor, options);
    },
    async *listTags(reference, options) {
      const content = await contentOf(reference);
      if (!content) yield* client.listTags(reference, options);
      else yield* tagsOf(content);
    },
    async *openBlob(reference, descriptor, options) {
      const content = await contentOf(reference);
      const from = content ? clientOfContent(content) : client;
      yield* from.openBlob(reference, descriptor, options);
    },
    close() {
      client.close();
      for (const content of opened.values()) void content.then(close, () => undefined);
      opened.clear();
    },
  };
}

async function open(source: ImageSource, services: SourceServices): Promise<ImageContent> {
  const { openImageSource } = await import('./open-image-source.js');
  return openImageSource(source, services);
}

async function close(content: ImageContent): Promise<void> {
  await content.close().catch(() => undefined);
}

/** The tags in names such as `docker.io/library/node:22`, or those that are nothing but a tag. */
function tagsOf({ tags }: ImageContent): string[] {
  const plain = tags.map((name) => name.slice(name.lastIndexOf(':') + 1));
  return [...new Set(plain.filter(isTag))];
}
