import { digestOf, type Digest } from '../../base/digest.js';
import { redact } from '../../base/redact.js';
import { isMonoError, MonoError } from '../../errors.js';
import { readConfigPlatform } from './config-platform.js';
import type { RepositoryReader } from '../transport/repository-reader.js';
import type { Descriptor } from './descriptor.js';
import type { DocumentCache } from './document-cache.js';
import {
  fetchManifest,
  mismatchOf,
  type FetchedDocument,
  type FetchedManifest,
} from './fetch-manifest.js';
import { manifestError, type ImageIndex, type Manifest } from './manifest.js';
import { formatPlatform, platformDistance, type Platform } from '../platform.js';
import { formatReference, formatRepository, pinReference, type Reference } from '../reference.js';
import { readDocument } from '../transport/response-body.js';
import { candidateManifests, platformsOf } from './select-manifest.js';
import { explainMissingManifest } from '../tags/tag-not-found.js';

/** The largest image configuration, in bytes; the history of 1024 layers takes far less. */
export const MAX_CONFIG_BYTES = 4 * 1024 * 1024;

/** How deep indexes may nest. Builders make one level, tools that join images two. */
const MAX_INDEX_DEPTH = 4;

/** The most manifests that are fetched to find one image. */
const MAX_FETCHED_MANIFESTS = 16;

/** An image for one platform: every byte of it except the layers, or their digests. */
export interface ResolvedImage {
  /** as asked, with the digest of what it names: the index if there is one, else the manifest */
  readonly reference: Reference;
  /** what the reference names, when it is an index */
  readonly index?: FetchedDocument;
  readonly manifest: FetchedManifest<Manifest>;
  readonly config: { readonly digest: Digest; readonly bytes: Uint8Array };
}

/**
 * Returns the image for `platform` that `reference` names.
 *
 * @throws {MonoError} `TAG_NOT_FOUND`, `PLATFORM_NOT_FOUND`, `MANIFEST_INVALID`,
 *   `BLOB_DIGEST_MISMATCH`, `BLOB_SIZE_MISMATCH`, `REGISTRY_*`, `CANCELLED`
 */
export async function resolveImage(
  connection: RepositoryReader,
  wanted: { readonly reference: Reference; readonly platform: Platform },
  options: {
    readonly signal?: AbortSignal | undefined;
    readonly documents?: DocumentCache | undefined;
  } = {},
): Promise<ResolvedImage> {
  const { reference, platform } = wanted;
  const search: Search = { connection, reference, platform, fetched: 0, offered: [], ...options };
  const top = await fetchTop(search);
  const found = await find(search, top, 0);
  if (!found) throw platformNotFound(search);
  const isIndex = top.parsed.kind === 'index';
  const { digest, mediaType, bytes } = top;
  return {
    reference: pinReference(reference, digest),
    ...(isIndex ? { index: { digest, mediaType, bytes } } : {}),
    ...found,
  };
}

interface Search {
  readonly connection: RepositoryReader;
  readonly reference: Reference;
  readonly platform: Platform;
  readonly signal?: AbortSignal | undefined;
  readonly documents?: DocumentCache | undefined;
  /** manifests so far */
  fetched: number;
  /** platforms seen that are not the wanted one */
  readonly offered: string[];
}

type Found = Pick<ResolvedImage, 'manifest' | 'config'>;

async function fetchTop(search: Search): Promise<FetchedManifest> {
  const { connection, reference, signal, documents } = search;
  try {
    return await fetchManifest(connection, { reference, signal, documents });
  } catch (error) {
    if (!isMonoError(error, 'REGISTRY_NOT_FOUND')) throw error;
    throw await explainMissingManifest(error, connection, reference);
  }
}

async function find(
  search: Search,
  fetched: FetchedManifest,
  depth: number,
): Promise<Found | undefined> {
  const { parsed } = fetched;
  return parsed.kind === 'index'
    ? findInIndex(search, parsed, depth)
    : takeImage(search, { ...fetched, parsed });
}

async function findInIndex(
  search: Search,
  index: ImageIndex,
  depth: number,
): Promise<Found | undefined> {
  search.offered.push(...platformsOf(index));
  if (depth >= MAX_INDEX_DEPTH) throw tooDeep(search);
  for (const entry of candidateManifests(index, search.platform)) {
    search.fetched += 1;
    if (search.fetched > MAX_FETCHED_MANIFESTS) throw tooMany(search);
    const { connection, reference, signal, documents } = search;
    const request = { reference, descriptor: entry, signal, documents };
    const child = await fetchManifest(connection, request);
    const found = await find(search, child, depth + 1);
    if (found) return found;
  }
  return undefined;
}

/** The configuration has the last word on the platform: indexes may not say, or be wrong. */
async function takeImage(
  search: Search,
  manifest: FetchedManifest<Manifest>,
): Promise<Found | undefined> {
  const { config } = manifest.parsed;
  const bytes = await fetchConfig(search, config);
  const platform = readConfigPlatform(bytes, formatRepository(search.reference));
  if (platform && platformDistance(search.platform, platform) === undefined) {
    search.offered.push(formatPlatform(platform));
    return undefined;
  }
  return { manifest, config: { digest: config.digest, bytes } };
}

async function fetchConfig(search: Search, descriptor: Descriptor): Promise<Uint8Array> {
  const { connection, reference, signal } = search;
  const { digest, sizeBytes } = descriptor;
  const subject = formatRepository(reference);
  const purpose = `fetch the configuration \`${digest}\` of \`${subject}\``;
  if (sizeBytes > MAX_CONFIG_BYTES) {
    throw manifestError(subject, `its configuration is larger than ${MAX_CONFIG_BYTES} bytes`);
  }
  const cached = search.documents?.find(reference, digest);
  if (cached?.bytes.length === sizeBytes) return cached.bytes;
  const response = await connection.get({ reference, path: `blobs/${digest}`, purpose, signal });
  const bytes = await readDocument(response, { limitBytes: MAX_CONFIG_BYTES, purpose });
  const document = { purpose, bytes, digest: digestOf(bytes) };
  const mismatch = mismatchOf(document, { digest, descriptor });
  if (!mismatch) {
    search.documents?.add(reference, digest, { bytes, mediaType: descriptor.mediaType });
    return bytes;
  }
  if (connection.distrust(response)) return fetchConfig(search, descriptor);
  throw mismatch;
}

function platformNotFound(search: Search): MonoError {
  const reference = formatReference(search.reference);
  const platform = formatPlatform(search.platform);
  const offered = [...new Set(search.offered)].map((text) => text.slice(0, 50)).slice(0, 30);
  const list = offered.map((text) => `\`${redact(text)}\``).join(', ');
  return new MonoError(
    'PLATFORM_NOT_FOUND',
    `Cannot find \`${reference}\` for \`${platform}\`: the image is not built for it`,
    {
      details: { reference, platform, available: offered.map(redact) },
      ...(offered.length === 0 ? {} : { hint: `It is built for ${list}.` }),
    },
  );
}

function tooDeep(search: Search): MonoError {
  return manifestError(
    formatReference(search.reference),
    `its indexes nest deeper than ${MAX_INDEX_DEPTH} levels`,
  );
}

function tooMany(search: Search): MonoError {
  return manifestError(
    formatReference(search.reference),
    `more than ${MAX_FETCHED_MANIFESTS} manifests would have to be looked at`,
  );
}
