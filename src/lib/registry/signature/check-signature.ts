/*
 * The check of one cosign signature against given public keys, without any network: is the signature
 * over the payload by one of the keys, and does the payload speak of this image?
 */
import { createHash, createPublicKey, verify, type KeyObject } from 'node:crypto';
import type { Digest } from '../../base/digest.js';
import { MonoError } from '../../errors.js';
import { isJsonObject } from '../manifest/descriptor.js';
import { parseReference, formatRepository } from '../reference.js';
import type { FetchedSignature } from './fetch-signatures.js';

/** What a payload of cosign's must call itself. */
const PAYLOAD_TYPE = 'cosign container image signature';

/** Keys that sign images: what cosign makes (ECDSA), and what it takes from others. */
const KEY_TYPES: ReadonlySet<string> = new Set(['ec', 'rsa', 'ed25519']);

/** A public key that is trusted. */
export interface SignatureKey {
  readonly key: KeyObject;
  /** `SHA256:` and the digest of the key's DER form in base64 */
  readonly fingerprint: string;
}

/** What a signature must speak of. */
export interface SignedSubject {
  readonly digest: Digest;
  /** the repository that the payload must name; `undefined`: any */
  readonly repository: string | undefined;
}

/**
 * Returns the public key in `pem`.
 *
 * @param origin how errors name where it comes from
 * @throws {MonoError} `CONFIG_INVALID`
 */
export function readSignatureKey(pem: string, origin: string): SignatureKey {
  const key = parseKey(pem);
  if (!key || !KEY_TYPES.has(key.asymmetricKeyType ?? '')) {
    throw new MonoError(
      'CONFIG_INVALID',
      `Cannot use the key \`${origin}\`: it is no public key in PEM`,
      {
        details: { path: origin },
        hint: 'Give the public half of the pair, `cosign.pub`.',
      },
    );
  }
  const der = key.export({ type: 'spki', format: 'der' });
  const fingerprint = createHash('sha256').update(der).digest('base64').replace(/=+$/, '');
  return { key, fingerprint: `SHA256:${fingerprint}` };
}

/** Returns the key that made `signed`, if it speaks of `subject`; else why it does not count. */
export function checkSignature(
  { payload, signature }: FetchedSignature,
  subject: SignedSubject,
  keys: readonly SignatureKey[],
): SignatureKey | string {
  const signer = keys.find(({ key }) => isSignedBy(key, payload, signature));
  if (!signer) return 'it is by another key';
  const { critical } = parsePayload(payload);
  if (!isJsonObject(critical) || critical['type'] !== PAYLOAD_TYPE) return 'it signs no image';
  const { image, identity } = critical;
  if (!isJsonObject(image) || image['docker-manifest-digest'] !== subject.digest) {
    return 'it signs another image';
  }
  if (subject.repository === undefined) return signer;
  const name = isJsonObject(identity) ? identity['docker-reference'] : undefined;
  return repositoryOf(name) === subject.repository ? signer : 'it signs for another repository';
}

/** Ed25519 signs the bytes, the others their hash. */
function isSignedBy(key: KeyObject, payload: Uint8Array, signature: Uint8Array): boolean {
  const algorithm = key.asymmetricKeyType === 'ed25519' ? null : 'sha256';
  try {
    return verify(algorithm, payload, key, signature);
  } catch {
    return false;
  }
}

function parseKey(pem: string): KeyObject | undefined {
  try {
    return pem.includes('PRIVATE KEY') ? undefined : createPublicKey(pem);
  } catch {
    return undefined;
  }
}

function parsePayload(payload: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(Buffer.from(payload).toString('utf8'));
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
