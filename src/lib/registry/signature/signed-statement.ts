import { isJsonObject, type JsonObject } from '../manifest/descriptor.js';
import { formatRepository, parseReference } from '../reference.js';
import type { SignedSubject } from './signature-evidence.js';

/** What the payload of cosign's own form must call itself. */
const PAYLOAD_TYPE = 'cosign container image signature';

/** The kind of in-toto statement with which cosign signs an image. */
export const COSIGN_PREDICATE_TYPE = 'https://sigstore.dev/cosign/sign/v1';

/** What an envelope around an in-toto statement says that it holds. */
export const STATEMENT_PAYLOAD_TYPE = 'application/vnd.in-toto+json';

/** The version of in-toto statements that signs images. */
const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1';

/** Why a signature by a certificate that some authority gave out for a moment does not count. */
export const KEYLESS = 'it is keyless, by a certificate, which is not supported';

/** Returns why signed bytes in cosign's own form do not speak of `subject`; `undefined` if they do. */
export function payloadProblem(payload: Uint8Array, subject: SignedSubject): string | undefined {
  const { critical } = parseObject(payload);
  if (!isJsonObject(critical) || critical['type'] !== PAYLOAD_TYPE) return 'it signs no image';
  const { image, identity } = critical;
  if (!isJsonObject(image) || image['docker-manifest-digest'] !== subject.digest) {
    return 'it signs another image';
  }
  if (subject.repository === undefined) return undefined;
  const name = isJsonObject(identity) ? identity['docker-reference'] : undefined;
  return repositoryOf(name) === subject.repository ? undefined : 'it signs for another repository';
}

/**
 * Returns why a signed in-toto statement does not speak of `subject`; `undefined` if it does. These
 * statements name digests only, so that one which must name a repository never does.
 */
export function statementProblem(statement: Uint8Array, wanted: SignedSubject): string | undefined {
  const { _type: type, predicateType, subject } = parseObject(statement);
  if (type !== STATEMENT_TYPE || predicateType !== COSIGN_PREDICATE_TYPE) {
    return 'it signs no image';
  }
  const digests = (Array.isArray(subject) ? subject : []).map(digestOfSubject);
  if (!digests.includes(wanted.digest)) return 'it signs another image';
  if (wanted.repository === undefined) return undefined;
  return 'it is a bundle, which names no repository: `identity: any` accepts those';
}

function digestOfSubject(subject: unknown): string | undefined {
  const digest = isJsonObject(subject) ? subject['digest'] : undefined;
  const hex = isJsonObject(digest) ? digest['sha256'] : undefined;
  return typeof hex === 'string' ? `sha256:${hex}` : undefined;
}

function parseObject(bytes: Uint8Array): JsonObject {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
    return isJsonObject(value) ? value : {};
  } catch {
    return {};
  }
}

function repositoryOf(name: unknown): string | undefined {
  try {
    return typeof name === 'string' ? formatRepository(parseReference(name)) : undefined;
  } catch {
    return undefined;
  }
}
