import type { RegistryClient } from '../client.js';
import type { SignatureFinder, SignatureGate } from './signature-gate.js';

/**
 * Returns `client`, whose `resolve` gives an image only when `gate` lets it pass. What must be signed
 * is what the reference names: the index if there is one, which names the manifests.
 */
export function requireSignatures(client: RegistryClient, gate: SignatureGate): RegistryClient {
  return {
    ...client,
    async resolve(reference, platform, options) {
      const image = await client.resolve(reference, platform, options);
      const digest = image.index?.digest ?? image.manifest.digest;
      await gate.check({ reference, digest }, signatureFinder(client, options?.signal));
      return image;
    },
  };
}

/** Returns what asks registries through `client`. */
export function signatureFinder(
  client: Pick<RegistryClient, 'verifyImage'>,
  signal: AbortSignal | undefined,
): SignatureFinder {
  return async (image, demand) => client.verifyImage(image, demand, { signal });
}
