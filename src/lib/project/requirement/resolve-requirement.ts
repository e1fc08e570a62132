import type { Digest } from '../../base/digest.js';
import { invariant, MonoError } from '../../errors.js';
import { sourceOfReference } from '../../image/source/image-source.js';
import {
  formatRepository,
  formatReference,
  withTag,
  type Reference,
} from '../../registry/reference.js';
import type { LockedImage, LockedPlatform } from '../lockfile/lockfile.js';
import {
  allTooFresh,
  MAX_CONSIDERED_RELEASES,
  type HeldRelease,
  type ReleasePolicy,
} from '../policy/release-policy.js';
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
  /** Returns the digest that a tag has now, as the registry says; default: that of `resolve`. */
  headDigest?(reference: Reference): Promise<Digest>;
  /** which releases may be taken; default: all */
  readonly policy?: ReleasePolicy | undefined;
}

/** What a requirement was resolved to, and what was passed over. */
export interface ResolvedRequirement extends LockedImage {
  /** newer releases that are too fresh, newest first */
  readonly heldBack: readonly HeldRelease[];
}

/** How many tags a message about a missing one names. */
const MAX_NAMED_TAGS = 5;

/**
 * Returns what the lockfile has to say of `requirement`, asked of the registry: for a range the
 * newest tag within it that the resolver's policy lets pass, then for the reference its digest and
 * platforms. What is `locked` passes, and stays when everything else is too fresh.
 *
 * @throws {MonoError} `TAG_NOT_FOUND`, `RELEASE_TOO_FRESH` and whatever the registry's client throws
 */
export async function resolveRequirement(
  requirement: Requirement,
  resolver: ImageResolver,
  { locked }: { readonly locked?: LockedImage | undefined } = {},
): Promise<ResolvedRequirement> {
  const heldBack: HeldRelease[] = [];
  for (const reference of await candidatesOf(requirement, resolver)) {
    const resolved = await resolver.resolve(reference);
    const image = lockedImage(requirement, reference, resolved);
    const held = holdBack(reference, resolved, resolver);
    if (!held || isSameImage(image, locked)) return { ...image, heldBack };
    heldBack.push(held);
  }
  const text = formatRequirement(requirement);
  if (locked?.requirement === text) return { ...locked, heldBack };
  invariant(resolver.policy, 'only a policy holds releases back');
  throw allTooFresh(text, heldBack, resolver.policy);
}

/** Without a policy only the first is ever looked at. */
async function candidatesOf(
  requirement: Requirement,
  resolver: ImageResolver,
): Promise<readonly Reference[]> {
  if (requirement.kind === 'exact') return [requirement.reference];
  const tags = await resolver.listTags(requirement.reference);
  const matching = matchRange(tags, requirement.range).slice(0, MAX_CONSIDERED_RELEASES);
  if (matching.length === 0) throw nothingMatches(requirement, tags);
  return matching.map(({ tag }) => withTag(requirement.reference, tag));
}

function lockedImage(
  requirement: Requirement,
  reference: Reference,
  { digest, platforms }: ResolvedReference,
): LockedImage {
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

function isSameImage(image: LockedImage, locked: LockedImage | undefined): boolean {
  return image.resolved === locked?.resolved && image.digest === locked.digest;
}

/** A digest names the bytes themselves, and files of this machine are nobody's release. */
function holdBack(
  reference: Reference,
  { digest }: ResolvedReference,
  { policy }: ImageResolver,
): HeldRelease | undefined {
  const { tag } = reference;
  if (tag === undefined || reference.digest || sourceOfReference(reference)) return undefined;
  return policy?.hold({ repository: formatRepository(reference), tag, digest });
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
