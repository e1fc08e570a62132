import { digestOf, type Digest } from '../../base/digest.js';
import { isMonoError } from '../../errors.js';
import { mismatchOf } from '../manifest/fetch-manifest.js';
import { MAX_MANIFEST_BYTES } from '../manifest/manifest.js';
import { ACCEPTED_MANIFESTS } from '../manifest/media-types.js';
import { formatRepository, type Reference } from '../reference.js';
import type { RepositoryReader } from '../transport/repository-reader.js';
import { readDocument } from '../transport/response-body.js';
import {
  readReferrers,
  readSignatureManifest,
  SIGNATURE_ARTIFACT_TYPE,
} from './signature-manifest.js';

/** The largest payload, in bytes; cosign's have some hundred. */
const MAX_PAYLOAD_BYTES = 64 * 1024;

/** A signature and the bytes that it is over; neither is checked. */
export interface FetchedSignature {
  readonly payload: Uint8Array;
  readonly signature: Uint8Array;
}

/** Where signatures are looked for, and of what. */
export interface SignatureQuery {
  readonly connection: RepositoryReader;
  readonly reference: Reference;
  /** of the index or manifest that is signed */
  readonly digest: Digest;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Yields the signatures of an image: those that its repository has under cosign's tag
 * (`sha256-….sig`), then those that refer to it by OCI 1.1, by the API or, without one, by its tag.
 *
 * @throws {MonoError} `MANIFEST_INVALID`, `BLOB_DIGEST_MISMATCH`, `BLOB_SIZE_MISMATCH`, `REGISTRY_*`,
 *   `CANCELLED`
 * @see OCI distribution-spec v1.1, "Listing Referrers"
 */
export async function* fetchSignatures(query: SignatureQuery): AsyncGenerator<FetchedSignature> {
  const tag = query.digest.replace(':', '-');
  yield* signaturesIn(query, await documentAt(query, `manifests/${tag}.sig`));
  const artifactType = encodeURIComponent(SIGNATURE_ARTIFACT_TYPE);
  const referrers =
    (await documentAt(query, `referrers/${query.digest}?artifactType=${artifactType}`)) ??
    (await documentAt(query, `manifests/${tag}`));
  if (!referrers) return;
  for (const { digest } of readReferrers(referrers, subjectOf(query))) {
    const manifest = await documentAt(query, `manifests/${digest}`, digest);
    yield* signaturesIn(query, manifest);
  }
}

async function* signaturesIn(
  query: SignatureQuery,
  manifest: Uint8Array | undefined,
): AsyncGenerator<FetchedSignature> {
  if (!manifest) return;
  for (const { digest, sizeBytes, signature } of readSignatureManifest(
    manifest,
    subjectOf(query),
  )) {
    if (sizeBytes > MAX_PAYLOAD_BYTES) continue;
    const payload = await documentAt(query, `blobs/${digest}`, digest);
    if (payload) yield { payload, signature };
  }
}

/** Returns a document, or `undefined` where there is none. */
async function documentAt(
  query: SignatureQuery,
  path: string,
  expected?: Digest,
): Promise<Uint8Array | undefined> {
  const purpose = `look for signatures of \`${subjectOf(query)}\``;
  const { connection, reference, signal } = query;
  try {
    const headers = { accept: ACCEPTED_MANIFESTS };
    const response = await connection.get({ reference, path, headers, purpose, signal });
    const bytes = await readDocument(response, { limitBytes: MAX_MANIFEST_BYTES, purpose });
    const document = { purpose, bytes, digest: digestOf(bytes) };
    const mismatch = mismatchOf(document, { digest: expected, descriptor: undefined });
    if (mismatch) throw mismatch;
    return bytes;
  } catch (error) {
    if (isMonoError(error, 'REGISTRY_NOT_FOUND')) return undefined;
    throw error;
  }
}

function subjectOf({ reference, digest }: SignatureQuery): string {
  return `${formatRepository(reference)}@${digest}`;
}
