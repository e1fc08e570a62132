import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { MonoError } from '../../errors.js';

/** Keys that sign images: what cosign makes (ECDSA), and what it takes from others. */
const KEY_TYPES: ReadonlySet<string> = new Set(['ec', 'rsa', 'ed25519']);

/** A public key that is trusted. */
export interface SignatureKey {
  readonly key: KeyObject;
  /** `SHA256:` and the digest of the key's DER form in base64 */
  readonly fingerprint: string;
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

function parseKey(pem: string): KeyObject | undefined {
  try {
    return pem.includes('PRIVATE KEY') ? undefined : createPublicKey(pem);
  } catch {
    return undefined;
  }
}
