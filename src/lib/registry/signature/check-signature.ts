import type { SignatureEvidence, SignedSubject } from './signature-evidence.js';
import type { SignatureKey } from './signature-key.js';

/**
 * Returns the key that made a signature, if it speaks of `subject`; else why it does not count. Takes
 * no network.
 */
export async function checkSignature(
  evidence: SignatureEvidence,
  subject: SignedSubject,
  keys: readonly SignatureKey[],
): Promise<SignatureKey | string> {
  switch (evidence.format) {
    case 'simple-signing': {
      const { checkSimpleSigning } = await import('./check-simple-signing.js');
      return checkSimpleSigning(evidence, subject, keys);
    }
    case 'bundle': {
      const { checkBundle } = await import('./check-bundle.js');
      return checkBundle(evidence, subject, keys);
    }
  }
}
