import { MonoError } from '../../errors.js';
import { formatRepository } from '../reference.js';
import { checkSignature } from './check-signature.js';
import { fetchSignatures, type SignatureQuery } from './fetch-signatures.js';
import type { SignatureEvidence, SignedSubject } from './signature-evidence.js';
import type { SignatureKey } from './signature-key.js';

/** Who must have signed an image. */
export interface SignatureDemand {
  /** one of these is enough */
  readonly keys: readonly SignatureKey[];
  /** whether a signature counts that was made for another repository, as of a copied image, or for none */
  readonly anyRepository: boolean;
}

/** A signature that was checked: who made it, and what shows that. */
export interface VerifiedSignature {
  readonly key: SignatureKey;
  readonly evidence: SignatureEvidence;
}

/** How many reasons a message repeats. */
const MAX_REASONS = 3;

/**
 * Returns the signature of an image that meets a demand.
 *
 * @throws {MonoError} `SIGNATURE_INVALID` when none does; what `fetchSignatures` throws
 */
export async function verifyImage(
  query: SignatureQuery,
  demand: SignatureDemand,
): Promise<VerifiedSignature> {
  const subject = subjectOf(query, demand);
  const reasons: string[] = [];
  for await (const evidence of fetchSignatures(query)) {
    const outcome = await checkSignature(evidence, subject, demand.keys);
    if (typeof outcome !== 'string') return { key: outcome, evidence };
    reasons.push(outcome);
  }
  const state =
    reasons.length === 0
      ? 'it is not signed'
      : `of its ${reasons.length} signatures none counts: ${[...new Set(reasons)].slice(0, MAX_REASONS).join('; ')}`;
  throw notSigned(query, state, {
    signatures: reasons.length,
    hint: 'Your config.yaml demands a signature by a key that it names, under `signatures`.',
  });
}

/** Returns what a signature of an image must speak of to meet a demand. */
export function subjectOf(
  { reference, digest }: Pick<SignatureQuery, 'reference' | 'digest'>,
  { anyRepository }: SignatureDemand,
): SignedSubject {
  return { digest, repository: anyRepository ? undefined : formatRepository(reference) };
}

/** Returns the error for an image without the signature that is demanded. */
export function notSigned(
  { reference, digest }: Pick<SignatureQuery, 'reference' | 'digest'>,
  state: string,
  { hint, signatures }: { readonly hint: string; readonly signatures: number },
): MonoError {
  const repository = formatRepository(reference);
  return new MonoError('SIGNATURE_INVALID', `Cannot trust \`${repository}@${digest}\`: ${state}`, {
    details: { repository, digest, signatures },
    hint,
  });
}
