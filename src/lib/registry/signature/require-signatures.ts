import type { Digest } from '../../base/digest.js';
import type { RegistryClient } from '../client.js';
import { formatRepository, pinReference, type Reference } from '../reference.js';
import type { SignatureDemand } from './verify-image.js';

/** Says which signature a repository's images must have; `undefined`: none. */
export type SignatureDemands = (repository: string) => Promise<SignatureDemand | undefined>;

/**
 * Returns `client`, whose `resolve` gives an image only when it is signed as is demanded. What is
 * signed is what the reference names: the index if there is one, which names the manifests. Each is
 * checked once for as long as the client lives.
 */
export function requireSignatures(
  client: RegistryClient,
  demands: SignatureDemands,
): RegistryClient {
  const checked = new Map<string, Promise<void>>();

  function check(reference: Reference, digest: Digest, signal?: AbortSignal): Promise<void> {
    const key = `${formatRepository(reference)}@${digest}`;
    const known = checked.get(key);
    if (known) return known;
    const check = checkNow(reference, digest, signal).catch((error: unknown) => {
      checked.delete(key);
      throw error;
    });
    checked.set(key, check);
    return check;
  }

  async function checkNow(
    reference: Reference,
    digest: Digest,
    signal?: AbortSignal,
  ): Promise<void> {
    const demand = await demands(formatRepository(reference));
    const pinned = { ...pinReference(reference, digest), digest };
    if (demand) await client.verifyImage(pinned, demand, { signal });
  }

  return {
    ...client,
    async resolve(reference, platform, options) {
      const image = await client.resolve(reference, platform, options);
      await check(reference, image.index?.digest ?? image.manifest.digest, options?.signal);
      return image;
    },
  };
}
