import { MonoError } from '../../errors.js';
import type { Digest } from '../../base/digest.js';
import {
  formatRepository,
  formatReference,
  withTag,
  type Reference,
} from '../../registry/reference.js';
import type { LockedImage, LockedPlatform } from '../lockfile/lockfile.js';
import { matchRange, versionTags } from './match-range.js';
import { formatRequirement, type RangeRequirement, type Requirement } from './requirement.js';
import { formatRange } from './version-range.js';

/** What a reference names in its registry at this moment. */
export interface ResolvedReference {
  /** digest of the index, or of the manifest where there is no index */
  readonly digest: Digest;
  /** manifests of the Linux variants, by platform */
  readonly platforms: ReadonlyMap<string, Digest>;
}

/** What resolving needs of registries. */
export interface ImageResolver {
  listTags(repository: Reference): Promise<readonly string[]>;
  resolve(reference: Reference): Promise<ResolvedReference>;
}

/** How many tags a message about a missing one names. */
const MAX_NAMED_TAGS = 5;

/**
 * Returns what the lockfile has to say of `requirement`, asked of the registry: for a range the
 * newest tag within it, then for the reference its digest and platforms.
 *
 * @throws {MonoError} `TAG_NOT_FOUND` and whatever the registry's client throws
 */
export async function resolveRequirement(
  requirement: Requirement,
  resolver: ImageResolver,
): Promise<LockedImage> {
  const reference =
    requirement.kind === 'exact'
      ? requirement.reference
      : await newestWithin(requirement, resolver);
  const { digest, platforms } = await resolver.resolve(reference);
  const { tag } = reference;
  return {
    requirement: formatRequirement(requirement),
    resolved:
      tag === undefined ? formatReference(reference) : formatReference(withTag(reference, tag)),
    digest,
    platforms: new Map(
      [...platforms].map(([platform, manifest]): [string, LockedPlatform] => [
        platform,
        { manifest },
      ]),
    ),
  };
}

async function newestWithin(
  requirement: RangeRequirement,
  resolver: ImageResolver,
): Promise<Reference> {
  const tags = await resolver.listTags(requirement.reference);
  const [newest] = matchRange(tags, requirement.range);
  if (newest) return withTag(requirement.reference, newest.tag);
  throw nothingMatches(requirement, tags);
}

function nothingMatches(requirement: RangeRequirement, tags: readonly string[]): MonoError {
  const { variant } = requirement.range;
  const versions = versionTags(tags);
  const ofVariant = versions.filter((tag) => tag.variant === variant);
  const named = (ofVariant.length > 0 ? ofVariant : versions)
    .slice(0, MAX_NAMED_TAGS)
    .map(({ tag }) => `\`${tag}\``);
  const repository = formatRepository(requirement.reference);
  return new MonoError(
    'TAG_NOT_FOUND',
    `Cannot resolve \`${formatRequirement(requirement)}\`: none of the ${tags.length} tags of \`${repository}\` matches`,
    {
      details: { repository, range: formatRange(requirement.range), tags: tags.length },
      hint:
        named.length > 0
          ? `The newest versions there are ${named.join(', ')}.`
          : `No tag there has three numbers; name one literally: \`${repository}:TAG\`.`,
    },
  );
}
