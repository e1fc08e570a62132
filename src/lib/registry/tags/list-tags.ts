import { MonoError } from '../../errors.js';
import type { RepositoryReader } from '../transport/repository-reader.js';
import { parseJsonObject } from '../manifest/descriptor.js';
import { nextLink } from '../transport/link-header.js';
import { formatRepository, isTag, type Reference } from '../reference.js';
import { readDocument } from '../transport/response-body.js';

/** Tags per page. The most that Amazon's registry takes; others take more. */
const PAGE_SIZE = 1000;

/** The most pages of one list: a million tags. */
const MAX_PAGES = 1000;

/** The longest page, in bytes: servers that do not page send all their tags in one. */
const MAX_PAGE_BYTES = 16 * 1024 * 1024;

/**
 * Yields the tags of a repository in the order the registry gives, each once per page it is on;
 * text that cannot be a tag is left out.
 *
 * @throws {MonoError} `REGISTRY_PROTOCOL` when the list does not end or leads elsewhere,
 *   `REGISTRY_*`, `CANCELLED`
 * @see OCI distribution-spec v1.1, "Listing tags"
 */
export async function* listTags(
  connection: RepositoryReader,
  reference: Reference,
  options: { readonly signal?: AbortSignal | undefined } = {},
): AsyncGenerator<string> {
  const purpose = `list the tags of \`${formatRepository(reference)}\``;
  const visited = new Set<string>();
  let path: string | undefined = `tags/list?n=${PAGE_SIZE}`;
  while (path !== undefined) {
    if (visited.has(path) || visited.size >= MAX_PAGES) throw endless(purpose, reference);
    visited.add(path);
    const response = await connection.getFromRegistry({ reference, path, purpose, ...options });
    const bytes = await readDocument(response, { limitBytes: MAX_PAGE_BYTES, purpose });
    yield* readTags(bytes, purpose);
    path = resolveNext(nextLink(response.header('link')), response.url);
  }
}

function readTags(bytes: Uint8Array, purpose: string): readonly string[] {
  function refuse(reason: string): MonoError {
    const message = `Cannot ${purpose}: the answer is not usable: ${reason}`;
    return new MonoError('REGISTRY_PROTOCOL', message, { details: { purpose } });
  }
  const tags = parseJsonObject(bytes, refuse)['tags'];
  // A repository whose tags are all deleted has `null` in some registries.
  if (tags === null || tags === undefined) return [];
  if (!Array.isArray(tags)) throw refuse('`tags` is not a list');
  return tags.filter((tag): tag is string => typeof tag === 'string' && isTag(tag));
}

function resolveNext(link: string | undefined, base: URL): string | undefined {
  if (link === undefined || !URL.canParse(link, base.href)) return undefined;
  return new URL(link, base).href;
}

function endless(purpose: string, reference: Reference): MonoError {
  return new MonoError('REGISTRY_PROTOCOL', `Cannot ${purpose}: the list does not end`, {
    details: { purpose, registry: reference.registry },
  });
}
