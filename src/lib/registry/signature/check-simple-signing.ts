import { verify, type KeyObject } from 'node:crypto';
import type { SignatureEvidence, SignedSubject } from './signature-evidence.js';
import type { SignatureKey } from './signature-key.js';
import { KEYLESS, payloadProblem } from './signed-statement.js';

/**
 * Returns the key that made a signature in cosign's own form, if it speaks of `subject`; else why it
 * does not count. The payload is parsed only after its signature was verified.
 */
export function checkSimpleSigning(
  { document, signature, hasCertificate }: SignatureEvidence,
  subject: SignedSubject,
  keys: readonly SignatureKey[],
): SignatureKey | string {
  const signer = keys.find(({ key }) => isSignedBy(key, document, signature));
  if (!signer) return hasCertificate ? KEYLESS : 'it is by another key';
  return payloadProblem(document, subject) ?? signer;
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
