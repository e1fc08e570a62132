import { digestOf, isDigest, type Digest } from '../../base/digest.js';
import { MonoError } from '../../errors.js';
import type { RepositoryReader } from '../transport/repository-reader.js';
import type { Descriptor } from './descriptor.js';
import type { DocumentCache } from './document-cache.js';
import type { HttpResponse } from '../transport/http.js';
import { MAX_MANIFEST_BYTES, parseManifest, type ImageIndex, type Manifest } from './manifest.js';
import { ACCEPTED_MANIFESTS } from './media-types.js';
import { formatReference, formatRepository, type Reference } from '../reference.js';
import { readDocument } from '../transport/response-body.js';

/** A document as it came, and its digest. */
export interface FetchedDocument {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

/** A manifest or index as it came, and what it says. */
export interface FetchedManifest<T = Manifest | ImageIndex> extends FetchedDocument {
  readonly parsed: T;
}

/** Where and what {@link fetchManifest} fetches. */
export interface ManifestRequest {
  /** by its digest if it has one, else by its tag, else by `latest` */
  readonly reference: Reference;
  /** what an index said of it; its digest counts before the reference's */
  readonly descriptor?: Descriptor;
  /** asked first, and told what was fetched */
  readonly documents?: DocumentCache | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Returns a manifest or index whose bytes have the digest that was asked for, or, by a tag, the one
 * that the registry states.
 *
 * @throws {MonoError} `MANIFEST_INVALID`, `BLOB_DIGEST_MISMATCH`, `BLOB_SIZE_MISMATCH`,
 *   `REGISTRY_*`, `CANCELLED`
 * @see OCI distribution-spec v1.1, "Pulling manifests"
 */
export async function fetchManifest(
  connection: RepositoryReader,
  request: ManifestRequest,
): Promise<FetchedManifest> {
  const { reference, descriptor, documents } = request;
  const wanted = descriptor?.digest ?? reference.digest;
  const subject = subjectOf(reference, wanted);
  const remembered = wanted && rememberedManifest(request, wanted, subject);
  if (remembered) return remembered;
  const manifest = await requestManifest(connection, { ...request, wanted, subject });
  const { digest, mediaType, bytes } = manifest;
  documents?.add(reference, digest, { bytes, mediaType });
  return manifest;
}

/**
 * Returns the manifest or index that `descriptor` names, of whatever kind, unread.
 *
 * @throws {MonoError} `BLOB_DIGEST_MISMATCH`, `BLOB_SIZE_MISMATCH`, `REGISTRY_*`, `CANCELLED`
 */
export async function fetchDocument(
  connection: RepositoryReader,
  request: ManifestRequest & { readonly descriptor: Descriptor },
): Promise<FetchedDocument> {
  const { mediaType, digest: wanted } = request.descriptor;
  const subject = subjectOf(request.reference, wanted);
  const { digest, bytes } = await requestDocument(connection, { ...request, wanted, subject });
  return { digest, mediaType, bytes };
}

interface NamedRequest extends ManifestRequest {
  readonly wanted: Digest | undefined;
  /** how errors name the manifest */
  readonly subject: string;
}

async function requestManifest(
  connection: RepositoryReader,
  request: NamedRequest,
): Promise<FetchedManifest> {
  const { descriptor, subject } = request;
  const { digest, bytes, mediaType } = await requestDocument(connection, request);
  const parsed = parseManifest(bytes, { subject, contentType: descriptor?.mediaType ?? mediaType });
  return { digest, mediaType: parsed.mediaType, bytes, parsed };
}

interface RawDocument {
  readonly digest: Digest;
  readonly bytes: Uint8Array;
  /** as it was sent */
  readonly mediaType: string | undefined;
}

async function requestDocument(
  connection: RepositoryReader,
  request: NamedRequest,
): Promise<RawDocument> {
  const { reference, descriptor, signal, wanted, subject } = request;
  const purpose = `fetch the manifest of \`${subject}\``;
  const response = await connection.get({
    reference,
    path: `manifests/${wanted ?? reference.tag ?? 'latest'}`,
    headers: { accept: ACCEPTED_MANIFESTS },
    purpose,
    signal,
  });
  const bytes = await readDocument(response, { limitBytes: MAX_MANIFEST_BYTES, purpose });
  const digest = digestOf(bytes);
  const expected = wanted ?? statedDigest(response);
  const mismatch = mismatchOf({ purpose, bytes, digest }, { digest: expected, descriptor });
  if (mismatch) {
    if (connection.distrust(response)) return requestDocument(connection, request);
    throw mismatch;
  }
  return { digest, bytes, mediaType: response.header('content-type') };
}

function rememberedManifest(
  { documents, reference, descriptor }: ManifestRequest,
  digest: Digest,
  subject: string,
): FetchedManifest | undefined {
  const found = documents?.find(reference, digest);
  if (!found) return undefined;
  const contentType = descriptor?.mediaType ?? found.mediaType;
  const parsed = parseManifest(found.bytes, { subject, contentType });
  return { digest, mediaType: parsed.mediaType, bytes: found.bytes, parsed };
}

function subjectOf(reference: Reference, wanted: Digest | undefined): string {
  if (wanted === undefined) return formatReference(reference);
  return wanted === reference.digest
    ? formatReference(reference)
    : `${formatRepository(reference)}@${wanted}`;
}

/** Only a header that can be compared binds; other algorithms say nothing about a sha-256. */
function statedDigest(response: HttpResponse): Digest | undefined {
  const stated = response.header('docker-content-digest') ?? '';
  return isDigest(stated) ? stated : undefined;
}

/** Returns the error for a document that is not the expected one, or `undefined` if it is. */
export function mismatchOf(
  document: { readonly purpose: string; readonly bytes: Uint8Array; readonly digest: Digest },
  expected: { readonly digest: Digest | undefined; readonly descriptor: Descriptor | undefined },
): MonoError | undefined {
  const { purpose, bytes, digest } = document;
  const sizeBytes = expected.descriptor?.sizeBytes;
  if (expected.digest !== undefined && digest !== expected.digest) {
    const state = `the digest is \`${digest}\` where \`${expected.digest}\` was expected`;
    return new MonoError('BLOB_DIGEST_MISMATCH', `Cannot ${purpose}: ${state}`, {
      details: { expected: expected.digest, actual: digest },
    });
  }
  if (sizeBytes !== undefined && bytes.length !== sizeBytes) {
    const state = `it has ${bytes.length} bytes where ${sizeBytes} were expected`;
    return new MonoError('BLOB_SIZE_MISMATCH', `Cannot ${purpose}: ${state}`, {
      details: { expected: sizeBytes, actual: bytes.length },
    });
  }
  return undefined;
}
