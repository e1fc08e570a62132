import { formatRepository } from '../../registry/reference.js';
import { matchRange, versionTags } from '../requirement/match-range.js';
import type { Requirement } from '../requirement/requirement.js';
import type { ImageResolver } from '../requirement/resolve-requirement.js';
import { formatRange } from '../requirement/version-range.js';

/** The tags of a repository; `mono tags --json` prints it. */
export interface TagListing {
  readonly repository: string;
  /** the range that the tags lie in; `null` when all are listed */
  readonly range: string | null;
  /** versions first, newest first; then the others by name */
  readonly tags: readonly ListedTag[];
}

/** One tag. */
export interface ListedTag {
  readonly tag: string;
  /** the version that the tag stands for; `null` when it stands for none */
  readonly version: string | null;
  /** the suffix behind the version */
  readonly variant: string | null;
}

/**
 * Returns the tags of the repository of `requirement`, those within its range if it has one.
 *
 * @throws {MonoError} whatever the registry's client throws
 */
export async function listTags(
  requirement: Requirement,
  resolver: Pick<ImageResolver, 'listTags'>,
): Promise<TagListing> {
  const tags = [...new Set(await resolver.listTags(requirement.reference))];
  const range = requirement.kind === 'range' ? requirement.range : undefined;
  const versions = range ? matchRange(tags, range) : versionTags(tags);
  const known = new Set(versions.map(({ tag }) => tag));
  const others = range ? [] : tags.filter((tag) => !known.has(tag)).sort();
  return {
    repository: formatRepository(requirement.reference),
    range: range ? formatRange(range) : null,
    tags: [
      ...versions.map(({ tag, version, variant }) => ({ tag, version, variant })),
      ...others.map((tag) => ({ tag, version: null, variant: null })),
    ],
  };
}
