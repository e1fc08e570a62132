import type { Digest } from '../../base/digest.js';
import { isMonoError, type MonoError } from '../../errors.js';
import {
  isJsonObject,
  parseJsonObject,
  readDescriptor,
  type Descriptor,
} from '../manifest/descriptor.js';
import { manifestError, MAX_MANIFEST_BYTES } from '../manifest/manifest.js';
import { ACCEPTED_MANIFESTS } from '../manifest/media-types.js';
import { formatRepository, type Reference } from '../reference.js';
import { readPages, type PagedList } from '../transport/pages.js';
import type { RepositoryReader } from '../transport/repository-reader.js';

/** The most pages that are read of one list: with the 100 entries that pages have, some thousands. */
const MAX_PAGES = 64;

/** A manifest that refers to another one. */
export interface Referrer extends Descriptor {
  /** what it is; `undefined` when the list does not say */
  readonly artifactType: string | undefined;
  readonly annotations: Readonly<Record<string, unknown>>;
}

/** Of what the referrers are listed, and where. */
export interface ReferrersQuery {
  readonly connection: Pick<RepositoryReader, 'getFromRegistry'>;
  readonly reference: Reference;
  /** of the manifest or index that is referred to */
  readonly digest: Digest;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Yields what refers to a manifest: by the API, or where a registry has none (404), by the index
 * under the fallback tag `sha256-HEX`. All types: registries disagree on what the type of an old
 * artifact is, so that a filter on their side could hide what is looked for.
 *
 * @throws {MonoError} `MANIFEST_INVALID`, `REGISTRY_*`, `CANCELLED`
 * @see OCI distribution-spec v1.1, "Listing Referrers" and "Referrers Tag Schema"
 */
export async function* listReferrers(query: ReferrersQuery): AsyncGenerator<Referrer> {
  const byApi = yield* referrersAt(query, `referrers/${query.digest}`);
  if (!byApi) yield* referrersAt(query, `manifests/${query.digest.replace(':', '-')}`);
}

/** Returns whether there is such a list. */
async function* referrersAt(
  { connection, reference, digest, signal }: ReferrersQuery,
  path: string,
): AsyncGenerator<Referrer, boolean> {
  const subject = `${formatRepository(reference)}@${digest}`;
  const list: PagedList = {
    ...{ reference, path, signal, maxPages: MAX_PAGES, maxPageBytes: MAX_MANIFEST_BYTES },
    headers: { accept: ACCEPTED_MANIFESTS },
    purpose: `list what refers to \`${subject}\``,
  };
  try {
    for await (const page of readPages(connection, list)) yield* readReferrers(page, subject);
    return true;
  } catch (error) {
    if (isMonoError(error, 'REGISTRY_NOT_FOUND')) return false;
    throw error;
  }
}

function readReferrers(bytes: Uint8Array, subject: string): Referrer[] {
  function refuse(reason: string): MonoError {
    return manifestError(subject, reason);
  }
  const { manifests } = parseJsonObject(bytes, refuse);
  if (!Array.isArray(manifests)) throw refuse('`manifests` is not a list');
  return manifests.map((item: unknown, index) => {
    const descriptor = readDescriptor(item, `manifests[${index}]`, refuse);
    const { artifactType, annotations } = isJsonObject(item) ? item : {};
    return {
      ...descriptor,
      artifactType: typeof artifactType === 'string' ? artifactType : undefined,
      annotations: isJsonObject(annotations) ? annotations : {},
    };
  });
}
