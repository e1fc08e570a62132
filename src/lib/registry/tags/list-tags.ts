import { MonoError } from '../../errors.js';
import type { RepositoryReader } from '../transport/repository-reader.js';
import { parseJsonObject } from '../manifest/descriptor.js';
import { formatRepository, isTag, type Reference } from '../reference.js';
import { readPages } from '../transport/pages.js';

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
  const path = `tags/list?n=${PAGE_SIZE}`;
  const limits = { maxPages: MAX_PAGES, maxPageBytes: MAX_PAGE_BYTES };
  const list = { reference, path, purpose, ...limits, ...options };
  for await (const page of readPages(connection, list)) yield* readTags(page, purpose);
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
