/*
 * The check of a Sigstore bundle against given public keys, without any network. The library reads
 * the bundle and verifies the signature over its envelope; times and the transparency log are left
 * out: they say when, and to whom it was shown, and it takes the trust roots of others to believe
 * them.
 */
import {
  bundleFromJSON,
  isBundleWithDsseEnvelope,
  isBundleWithPublicKey,
  type Bundle,
} from '@sigstore/bundle';
import { toSignedEntity, Verifier, type TrustMaterial } from '@sigstore/verify';
import type { SignatureEvidence, SignedSubject } from './signature-evidence.js';
import type { SignatureKey } from './signature-key.js';
import { KEYLESS, STATEMENT_PAYLOAD_TYPE, statementProblem } from './signed-statement.js';

/** Returns the key that made the signature in a bundle, if it speaks of `subject`; else why it does not count. */
export function checkBundle(
  { document }: SignatureEvidence,
  subject: SignedSubject,
  keys: readonly SignatureKey[],
): SignatureKey | string {
  const bundle = parseBundle(document);
  if (!bundle || !isBundleWithDsseEnvelope(bundle)) return 'it is no bundle that can be read';
  if (!isBundleWithPublicKey(bundle)) return KEYLESS;
  const signer = keys.find((key) => isSignedBy(key, bundle));
  if (!signer) return 'it is by another key';
  const { payloadType, payload } = bundle.content.dsseEnvelope;
  if (payloadType !== STATEMENT_PAYLOAD_TYPE) return 'it signs no image';
  return statementProblem(payload, subject) ?? signer;
}

function parseBundle(document: Uint8Array): Bundle | undefined {
  try {
    return bundleFromJSON(JSON.parse(Buffer.from(document).toString('utf8')));
  } catch {
    return undefined;
  }
}

function isSignedBy({ key }: SignatureKey, bundle: Bundle): boolean {
  const thisKeyAlone: TrustMaterial = {
    ...{ certificateAuthorities: [], timestampAuthorities: [], tlogs: [], ctlogs: [] },
    publicKey: () => ({ publicKey: key, validFor: () => true }),
  };
  const verifier = new Verifier(thisKeyAlone, {
    ...{ ctlogThreshold: 0, tlogThreshold: 0, timestampThreshold: 0 },
  });
  try {
    verifier.verify(toSignedEntity(withoutTimes(bundle)));
    return true;
  } catch {
    return false;
  }
}

function withoutTimes(bundle: Bundle): Bundle {
  const { verificationMaterial } = bundle;
  const material = {
    ...verificationMaterial,
    tlogEntries: [],
    timestampVerificationData: undefined,
  };
  return { ...bundle, verificationMaterial: material };
}
