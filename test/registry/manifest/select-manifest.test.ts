import { describe, expect, it } from 'vitest';
import type { Digest } from '../../../src/lib/base/digest.js';
import type { ImageIndex, IndexEntry } from '../../../src/lib/registry/manifest/manifest.js';
import { parsePlatform } from '../../../src/lib/registry/platform.js';
import {
  candidateManifests,
  platformsOf,
} from '../../../src/lib/registry/manifest/select-manifest.js';

const IMAGE = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';

describe('candidateManifests()', () => {
  it.each<[string, string, readonly string[], readonly number[]]>([
    ['the exact one', 'linux/arm64', ['linux/amd64', 'linux/arm64/v8'], [1]],
    ['the first of two equal ones', 'linux/amd64', ['linux/amd64', 'linux/amd64'], [0, 1]],
    ['the closest variant', 'linux/arm/v7', ['linux/arm/v5', 'linux/arm/v6'], [1, 0]],
    ['no newer variant', 'linux/amd64', ['linux/amd64/v3'], []],
    ['nothing for another system', 'linux/amd64', ['windows/amd64'], []],
    ['no attestation', 'linux/amd64', ['unknown/unknown'], []],
    ['a nested index after images', 'linux/amd64', ['index', 'linux/amd64'], [1, 0]],
    ['what does not say last', 'linux/amd64', ['', 'index', 'linux/amd64'], [2, 1, 0]],
    ['a nested index by its platform', 'linux/amd64', ['index linux/arm64'], []],
    ['nothing that is not an image', 'linux/amd64', ['other'], []],
  ])('gives %s', (...[, wanted, entries, positions]) => {
    const index = indexOf(entries);

    const candidates = candidateManifests(index, parsePlatform(wanted));

    expect(candidates.map((entry) => index.manifests.indexOf(entry))).toEqual(positions);
  });
});

describe('platformsOf()', () => {
  it('names each platform once and no attestations', () => {
    const index = indexOf(['linux/amd64', 'unknown/unknown', 'linux/arm/v7', 'linux/amd64', '']);

    expect(platformsOf(index)).toEqual(['linux/amd64', 'linux/arm/v7']);
  });
});

function indexOf(entries: readonly string[]): ImageIndex {
  return { kind: 'index', mediaType: INDEX, manifests: entries.map(entryOf) };
}

/** `[index ]PLATFORM`, `index`, `other`, or an image that does not say. */
function entryOf(text: string): IndexEntry {
  const isIndex = text.startsWith('index');
  const isOther = text === 'other';
  const platform = text.replace(/^(index|other) ?/, '');
  return {
    mediaType: isIndex ? INDEX : isOther ? 'application/vnd.example' : IMAGE,
    digest: `sha256:${'0'.repeat(64)}` as Digest,
    sizeBytes: 1,
    platform: platform === '' ? undefined : parsePlatform(platform),
    isAttestation: false,
  };
}
