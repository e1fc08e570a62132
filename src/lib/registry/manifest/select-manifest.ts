import { INDEX_MEDIA_TYPES, MANIFEST_MEDIA_TYPES } from './media-types.js';
import type { ImageIndex, IndexEntry } from './manifest.js';
import { formatPlatform, platformDistance, type Platform } from '../platform.js';

/**
 * Returns the entries of `index` that may be the image for `platform`, best first:
 * images that say they are, the closest variant and then the earliest first; nested indexes that do
 * not say otherwise; images that do not say, whose configuration has to be asked.
 * Attestations are no candidates.
 *
 * @see OCI image-spec v1.1, image-index.md ("the first matching entry")
 */
export function candidateManifests(index: ImageIndex, platform: Platform): readonly IndexEntry[] {
  return index.manifests
    .filter(isImageOrIndex)
    .map((entry) => ({ entry, rank: rankOf(entry, platform) }))
    .filter((candidate) => candidate.rank !== undefined)
    .sort((a, b) => compareRanks(a.rank, b.rank))
    .map(({ entry }) => entry);
}

/** Returns the platforms that the entries of `index` name, without repetition, in their order. */
export function platformsOf(index: ImageIndex): readonly string[] {
  const named = index.manifests
    .filter((entry) => isImageOrIndex(entry) && entry.platform?.os !== 'unknown')
    .flatMap(({ platform }) => (platform ? [formatPlatform(platform)] : []));
  return [...new Set(named)];
}

/** `[group, distance]`: group 0 says it fits, 1 is a nested index, 2 does not say. */
type Rank = readonly [group: number, distance: number];

function rankOf(entry: IndexEntry, platform: Platform): Rank | undefined {
  const isIndex = INDEX_MEDIA_TYPES.has(entry.mediaType);
  if (!entry.platform) return [isIndex ? 1 : 2, 0];
  const distance = platformDistance(platform, entry.platform);
  return distance === undefined ? undefined : [isIndex ? 1 : 0, distance];
}

function compareRanks(a: Rank = [0, 0], b: Rank = [0, 0]): number {
  return a[0] - b[0] || a[1] - b[1];
}

function isImageOrIndex(entry: IndexEntry): boolean {
  const isKnown =
    MANIFEST_MEDIA_TYPES.has(entry.mediaType) || INDEX_MEDIA_TYPES.has(entry.mediaType);
  return isKnown && !entry.isAttestation;
}
