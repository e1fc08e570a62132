import type { Digest } from '../../base/digest.js';
import { formatRepository, type Reference } from '../reference.js';
import { checkSignature } from './check-signature.js';
import type { SignatureEvidence } from './signature-evidence.js';
import {
  notSigned,
  subjectOf,
  type SignatureDemand,
  type VerifiedSignature,
} from './verify-image.js';

/** Says which signature a repository's images must have; `undefined`: none. */
export type SignatureDemands = (repository: string) => Promise<SignatureDemand | undefined>;

/** Keeps what signatures can be checked with, by repository and digest of the image. */
export interface EvidenceLog {
  find(repository: string, image: Digest): SignatureEvidence | undefined;
  keep(repository: string, image: Digest, evidence: SignatureEvidence): void;
}

/** An image by the digest that its reference leads to: of the index, if there is one. */
export interface SignedImage {
  readonly reference: Reference;
  readonly digest: Digest;
}

/** Fetches the signature of an image, see `verifyImage`. */
export type SignatureFinder = (
  image: SignedImage,
  demand: SignatureDemand,
) => Promise<VerifiedSignature>;

/** Lets images pass that are signed as is demanded. */
export interface SignatureGate {
  /**
   * Returns the signature that meets the demand on an image, or `undefined` where there is no demand.
   * Evidence that is kept is checked first; `find` is asked when it does not do.
   *
   * @param find absent: nobody may be asked
   * @throws {MonoError} `SIGNATURE_INVALID`; whatever `find` throws, and the demands
   */
  check(image: SignedImage, find?: SignatureFinder): Promise<VerifiedSignature | undefined>;
}

const NOT_KEPT = {
  signatures: 0,
  hint: 'Run it once without `--offline`: your config.yaml demands a signature, and one that was checked is kept.',
};

/** Returns a gate. What has passed once passes for as long as the gate lives. */
export function signatureGate(demands: SignatureDemands, log: EvidenceLog): SignatureGate {
  const passed = new Map<string, VerifiedSignature>();

  async function findKept({ image, repository, demand }: GateTask) {
    const evidence = log.find(repository, image.digest);
    if (!evidence) return undefined;
    const key = await checkSignature(evidence, subjectOf(image, demand), demand.keys);
    return typeof key === 'string' ? undefined : { key, evidence };
  }

  async function findNew({ image, repository, demand, find }: GateTask) {
    if (!find) throw notSigned(image, 'no signature of it is kept here', NOT_KEPT);
    const signature = await find(image, demand);
    log.keep(repository, image.digest, signature.evidence);
    return signature;
  }

  return {
    async check({ reference, digest }, find) {
      const repository = formatRepository(reference);
      const demand = await demands(repository);
      if (!demand) return undefined;
      const name = `${repository}@${digest}`;
      const task = { image: { reference, digest }, repository, demand, find };
      const signature = passed.get(name) ?? (await findKept(task)) ?? (await findNew(task));
      passed.set(name, signature);
      return signature;
    },
  };
}

interface GateTask {
  readonly image: SignedImage;
  readonly repository: string;
  readonly demand: SignatureDemand;
  readonly find: SignatureFinder | undefined;
}
