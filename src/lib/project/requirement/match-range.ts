import semver from 'semver';
import type { VersionRange } from './version-range.js';
import { parseVersionTag, type VersionTag } from './version-tag.js';

/**
 * Returns the tags that lie in `range`, newest first. Pre-releases count only where the range names
 * one of the same three numbers (semver's rule). Of `1.2.3` and `v1.2.3` the one without `v` is
 * first. The result depends on the set of tags alone, not on their order.
 */
export function matchRange(tags: Iterable<string>, range: VersionRange): VersionTag[] {
  return versionTags(tags).filter(
    (tag) => tag.variant === range.variant && semver.satisfies(tag.version, range.range),
  );
}

/** Returns those of `tags` that stand for a version, newest first. */
export function versionTags(tags: Iterable<string>): VersionTag[] {
  const found: VersionTag[] = [];
  for (const tag of new Set(tags)) {
    const version = parseVersionTag(tag);
    if (version) found.push(version);
  }
  return found.sort(compareNewestFirst);
}

function compareNewestFirst(a: VersionTag, b: VersionTag): number {
  const byVersion = semver.rcompare(a.version, b.version);
  if (byVersion !== 0) return byVersion;
  if (a.variant !== b.variant) return a.variant < b.variant ? -1 : 1;
  if (a.tag.length !== b.tag.length) return a.tag.length - b.tag.length;
  return a.tag < b.tag ? -1 : 1;
}
