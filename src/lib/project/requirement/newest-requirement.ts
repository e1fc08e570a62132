import { withTag } from '../../registry/reference.js';
import { matchRange, versionTags } from './match-range.js';
import type { Requirement } from './requirement.js';
import { parseVersionTag, type VersionTag } from './version-tag.js';

/** Returns the newest released version among `tags` that has the given variant, if there is one. */
export function newestOfVariant(tags: Iterable<string>, variant: string): VersionTag | undefined {
  return versionTags(tags).find((tag) => tag.variant === variant && !tag.version.includes('-'));
}

/** Returns the variant that a requirement is about; `undefined` when it names no version. */
export function variantOf(requirement: Requirement): string | undefined {
  if (requirement.kind === 'range') return requirement.range.variant;
  const { tag, digest } = requirement.reference;
  if (tag === undefined || digest !== undefined) return undefined;
  return parseVersionTag(tag)?.variant;
}

/**
 * Returns `requirement` moved to the newest released version of its variant, written as it was: a
 * caret or tilde range keeps its operator and its number of parts, an exact tag becomes the newest
 * tag. What names no version, covers the newest already, or is written otherwise is returned as it
 * is.
 */
export function movedToNewest(requirement: Requirement, tags: readonly string[]): Requirement {
  const variant = variantOf(requirement);
  const newest = variant === undefined ? undefined : newestOfVariant(tags, variant);
  if (!newest) return requirement;
  if (requirement.kind === 'exact') {
    return { kind: 'exact', reference: withTag(requirement.reference, newest.tag) };
  }
  if (matchRange([newest.tag], requirement.range).length > 0) return requirement;
  const simple = /^([\^~]?)(\d+(?:\.\d+){0,2})$/.exec(requirement.range.range);
  if (!simple) return requirement;
  const [, operator = '', numbers = ''] = simple;
  const parts = newest.version.split('.').slice(0, numbers.split('.').length);
  return {
    ...requirement,
    range: { ...requirement.range, range: `${operator}${parts.join('.')}` },
  };
}
