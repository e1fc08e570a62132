import { MonoError } from '../../errors.js';
import type { Reference } from '../reference.js';
import { nextLink } from './link-header.js';
import type { RepositoryReader } from './repository-reader.js';
import { readDocument } from './response-body.js';

/** A list that a registry gives page by page. */
export interface PagedList {
  readonly reference: Reference;
  /** of the first page, after `/v2/NAME/` */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly maxPages: number;
  readonly maxPageBytes: number;
  /** see `HttpRequest.purpose` */
  readonly purpose: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Yields the pages of a list, as the registry itself gives them: a mirror may know less.
 *
 * @throws {MonoError} `REGISTRY_PROTOCOL` when the list does not end or leads elsewhere,
 *   `REGISTRY_*`, `CANCELLED`
 * @see RFC 8288
 */
export async function* readPages(
  connection: Pick<RepositoryReader, 'getFromRegistry'>,
  list: PagedList,
): AsyncGenerator<Uint8Array> {
  const { maxPages, maxPageBytes, ...request } = list;
  const visited = new Set<string>();
  let path: string | undefined = list.path;
  while (path !== undefined) {
    if (visited.has(path) || visited.size >= maxPages) throw endless(list);
    visited.add(path);
    const response = await connection.getFromRegistry({ ...request, path });
    yield await readDocument(response, {
      limitBytes: maxPageBytes,
      purpose: list.purpose,
    });
    path = resolveNext(nextLink(response.header('link')), response.url);
  }
}

function resolveNext(link: string | undefined, base: URL): string | undefined {
  if (link === undefined || !URL.canParse(link, base.href)) return undefined;
  return new URL(link, base).href;
}

function endless({ purpose, reference }: PagedList): MonoError {
  return new MonoError('REGISTRY_PROTOCOL', `Cannot ${purpose}: the list does not end`, {
    details: { purpose, registry: reference.registry },
  });
}
