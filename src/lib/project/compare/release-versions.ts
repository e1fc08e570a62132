import { noSuchVersion } from './find-tree.js';
import type { KeptVersions } from './kept-versions.js';

/** The versions that are kept no longer; `mono remove version --json` prints it. */
export interface ReleasedVersions {
  /** names, in the order in which they were given */
  readonly versions: readonly string[];
}

/**
 * Takes the names of versions away, all or none.
 *
 * @throws {MonoError} `VERSION_NOT_FOUND`
 */
export function releaseVersions(
  kept: Pick<KeptVersions, 'list' | 'release'>,
  names: readonly string[],
): ReleasedVersions {
  const known = new Set(kept.list().map(({ name }) => name));
  const missing = names.find((name) => !known.has(name));
  if (missing !== undefined) throw noSuchVersion(missing);
  for (const name of names) kept.release(name);
  return { versions: names };
}
