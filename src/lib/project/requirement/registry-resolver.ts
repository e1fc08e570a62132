import type { Digest } from '../../base/digest.js';
import type { RegistryClient } from '../../registry/client.js';
import { readConfigPlatform } from '../../registry/manifest/config-platform.js';
import { parseManifest } from '../../registry/manifest/manifest.js';
import { formatPlatform, type Platform } from '../../registry/platform.js';
import { formatRepository } from '../../registry/reference.js';
import type { ResolvedImage } from '../../registry/manifest/resolve-image.js';
import { isLockablePlatform } from '../lockfile/lockfile.js';
import type { ReleasePolicy } from '../policy/release-policy.js';
import type { ImageResolver } from './resolve-requirement.js';

/** Returns a resolver that asks registries through `client` for images that run on `platform`. */
export function registryResolver(
  client: Pick<RegistryClient, 'resolve' | 'listTags' | 'headDigest'>,
  options: {
    readonly platform: Platform;
    readonly signal?: AbortSignal | undefined;
    readonly policy?: ReleasePolicy | undefined;
  },
): ImageResolver {
  const { platform, signal, policy } = options;
  return {
    policy,
    headDigest: (reference) => client.headDigest(reference, { signal }),
    async listTags(repository) {
      const tags: string[] = [];
      for await (const tag of client.listTags(repository, { signal })) tags.push(tag);
      return tags;
    },
    async resolve(reference) {
      const image = await client.resolve(reference, platform, { signal });
      return {
        digest: image.index?.digest ?? image.manifest.digest,
        platforms: platformsOf(image, platform),
      };
    },
  };
}

/**
 * All Linux variants that the index names. What was chosen for `wanted` is among them even when the
 * index does not say what it is for.
 */
function platformsOf(image: ResolvedImage, wanted: Platform): Map<string, Digest> {
  const platforms = new Map<string, Digest>();
  for (const [platform, digest] of indexedPlatforms(image)) {
    const text = formatPlatform(platform);
    if (isLockablePlatform(text) && !platforms.has(text)) platforms.set(text, digest);
  }
  const chosen = image.manifest.digest;
  if (![...platforms.values()].includes(chosen)) {
    const own = readConfigPlatform(image.config.bytes, formatRepository(image.reference));
    platforms.set(formatPlatform(own ?? wanted), chosen);
  }
  return platforms;
}

function indexedPlatforms({ index, reference }: ResolvedImage): [Platform, Digest][] {
  if (!index) return [];
  const source = { subject: formatRepository(reference), contentType: index.mediaType };
  const parsed = parseManifest(index.bytes, source);
  if (parsed.kind !== 'index') return [];
  return parsed.manifests.flatMap(({ platform, digest, isAttestation }) =>
    platform && !isAttestation ? [[platform, digest] satisfies [Platform, Digest]] : [],
  );
}
