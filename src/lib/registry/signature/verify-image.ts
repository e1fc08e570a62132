import { MonoError } from '../../errors.js';
import { formatRepository } from '../reference.js';
import { checkSignature, type SignatureKey } from './check-signature.js';
import { fetchSignatures, type SignatureQuery } from './fetch-signatures.js';

/** Who must have signed an image. */
export interface SignatureDemand {
  /** one of these is enough */
  readonly keys: readonly SignatureKey[];
  /** whether a signature counts that was made for another repository, as of a copied image */
  readonly anyRepository: boolean;
}

/** How many reasons a message repeats. */
const MAX_REASONS = 3;

/**
 * Returns the key that has signed an image.
 *
 * @throws {MonoError} `SIGNATURE_INVALID` when none of the keys has; what `fetchSignatures` throws
 */
export async function verifyImage(
  query: SignatureQuery,
  { keys, anyRepository }: SignatureDemand,
): Promise<SignatureKey> {
  const repository = formatRepository(query.reference);
  const subject = {
    digest: query.digest,
    repository: anyRepository ? undefined : repository,
  };
  const reasons: string[] = [];
  for await (const signature of fetchSignatures(query)) {
    const outcome = checkSignature(signature, subject, keys);
    if (typeof outcome !== 'string') return outcome;
    reasons.push(outcome);
  }
  const image = `${repository}@${query.digest}`;
  const state =
    reasons.length === 0
      ? 'it is not signed'
      : `of its ${reasons.length} signatures none counts: ${[...new Set(reasons)].slice(0, MAX_REASONS).join('; ')}`;
  throw new MonoError('SIGNATURE_INVALID', `Cannot trust \`${image}\`: ${state}`, {
    details: { repository, digest: query.digest, signatures: reasons.length },
    hint: 'Your config.yaml demands a signature by a key that it names, under `signatures`.',
  });
}
