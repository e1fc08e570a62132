import { digestOf, type Digest } from '../../base/digest.js';
import { isMonoError } from '../../errors.js';
import { mismatchOf } from '../manifest/fetch-manifest.js';
import { MAX_MANIFEST_BYTES } from '../manifest/manifest.js';
import { ACCEPTED_MANIFESTS } from '../manifest/media-types.js';
import { formatRepository, type Reference } from '../reference.js';
import { listReferrers, type Referrer } from '../referrers/list-referrers.js';
import type { RepositoryReader } from '../transport/repository-reader.js';
import { readDocument } from '../transport/response-body.js';
import type { SignatureEvidence } from './signature-evidence.js';
import { BUNDLE_MEDIA_TYPE, MAX_SIGNATURES, readSignatureManifest } from './signature-manifest.js';
import { COSIGN_PREDICATE_TYPE } from './signed-statement.js';

/** The largest payload or bundle, in bytes; cosign's have some hundred, or some thousand. */
export const MAX_EVIDENCE_BYTES = 64 * 1024;

/**
 * What lists of referrers say that signatures are. Some registries take the type of the manifest's
 * configuration for that of the artifact; that of bundles is the empty one.
 */
const SIGNATURE_ARTIFACT_TYPES: ReadonlySet<string | undefined> = new Set([
  BUNDLE_MEDIA_TYPE,
  'application/vnd.dev.cosign.artifact.sig.v1+json',
  'application/vnd.oci.empty.v1+json',
  undefined,
]);

/** Annotation of a bundle: what kind of statement is in it. */
const PREDICATE_ANNOTATION = 'dev.sigstore.bundle.predicateType';

/** Where signatures are looked for, and of what. */
export interface SignatureQuery {
  readonly connection: RepositoryReader;
  readonly reference: Reference;
  /** of the index or manifest that is signed */
  readonly digest: Digest;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Yields the signatures of an image, {@link MAX_SIGNATURES} manifests of them at most: those that its
 * repository has under cosign's tag (`sha256-….sig`), then those that refer to it by OCI 1.1.
 *
 * @throws {MonoError} `MANIFEST_INVALID`, `BLOB_DIGEST_MISMATCH`, `BLOB_SIZE_MISMATCH`, `REGISTRY_*`,
 *   `CANCELLED`
 */
export async function* fetchSignatures(query: SignatureQuery): AsyncGenerator<SignatureEvidence> {
  yield* signaturesAt(query, `manifests/${query.digest.replace(':', '-')}.sig`);
  let count = 0;
  for await (const referrer of listReferrers(query)) {
    if (!mayBeSignature(referrer)) continue;
    if ((count += 1) > MAX_SIGNATURES) return;
    yield* signaturesAt(query, `manifests/${referrer.digest}`, referrer.digest);
  }
}

/** Attestations are bundles too, and images have many; where the list says so they are not fetched. */
function mayBeSignature({ artifactType, annotations }: Referrer): boolean {
  const predicate = annotations[PREDICATE_ANNOTATION];
  const isOther = predicate !== undefined && predicate !== COSIGN_PREDICATE_TYPE;
  return SIGNATURE_ARTIFACT_TYPES.has(artifactType) && !isOther;
}

async function* signaturesAt(
  query: SignatureQuery,
  path: string,
  expected?: Digest,
): AsyncGenerator<SignatureEvidence> {
  const manifest = await documentAt(query, path, expected);
  if (!manifest) return;
  for (const layer of readSignatureManifest(manifest.bytes, subjectOf(query))) {
    const { digest, sizeBytes, format, signature, hasCertificate } = layer;
    if (sizeBytes > MAX_EVIDENCE_BYTES) continue;
    const found = await documentAt(query, `blobs/${digest}`, digest);
    if (!found) continue;
    const document = found.bytes;
    yield { format, manifest: manifest.digest, document, signature, hasCertificate };
  }
}

interface FetchedEvidence {
  readonly digest: Digest;
  readonly bytes: Uint8Array;
}

/** Returns a document, or `undefined` where there is none. */
async function documentAt(
  query: SignatureQuery,
  path: string,
  expected: Digest | undefined,
): Promise<FetchedEvidence | undefined> {
  const purpose = `look for signatures of \`${subjectOf(query)}\``;
  const { connection, reference, signal } = query;
  try {
    const headers = { accept: ACCEPTED_MANIFESTS };
    const response = await connection.get({ reference, path, headers, purpose, signal });
    const bytes = await readDocument(response, { limitBytes: MAX_MANIFEST_BYTES, purpose });
    const document = { purpose, bytes, digest: digestOf(bytes) };
    const mismatch = mismatchOf(document, { digest: expected, descriptor: undefined });
    if (mismatch) throw mismatch;
    return document;
  } catch (error) {
    if (isMonoError(error, 'REGISTRY_NOT_FOUND')) return undefined;
    throw error;
  }
}

function subjectOf({ reference, digest }: SignatureQuery): string {
  return `${formatRepository(reference)}@${digest}`;
}
