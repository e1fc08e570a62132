/** A tag that stands for a version: `[v]MAJOR.MINOR.PATCH[-PRERELEASE][-VARIANT]`. */
export interface VersionTag {
  readonly tag: string;
  /** the version in semver's spelling, pre-release included, variant and leading `v` left out */
  readonly version: string;
  /** what follows the version, such as `alpine3.19`; empty for the plain image */
  readonly variant: string;
}

/** A tag's suffix, divided into what semver orders and what names another build of the version. */
export interface SuffixParts {
  readonly prerelease: string;
  readonly variant: string;
}

const VERSION_TAG =
  /^v?(0|[1-9]\d{0,14})\.(0|[1-9]\d{0,14})\.(0|[1-9]\d{0,14})(?:-([0-9A-Za-z_.-]+))?$/;
const PRERELEASE = /^(alpha|beta|rc|preview|pre|snapshot|m)(?:[.-]?(\d{1,15}))?(?:-(.+))?$/i;

/**
 * Returns the version that `tag` stands for, or `undefined` when it stands for none: fewer or more
 * than three numbers, a number with a leading zero (dates, Ubuntu's `24.04`), words.
 *
 * A suffix is a pre-release when it begins with `alpha`, `beta`, `rc`, `pre`, `preview`, `snapshot`
 * or `m` and an optional number; whatever else follows the version is its variant.
 */
export function parseVersionTag(tag: string): VersionTag | undefined {
  const match = VERSION_TAG.exec(tag);
  if (!match) return undefined;
  const { prerelease, variant } = splitSuffix(match[4] ?? '');
  const numbers = `${match[1]}.${match[2]}.${match[3]}`;
  return { tag, version: prerelease === '' ? numbers : `${numbers}-${prerelease}`, variant };
}

/** Returns the parts of what follows the `-` after a version; `RC2` becomes `rc.2`. */
export function splitSuffix(suffix: string): SuffixParts {
  const match = PRERELEASE.exec(suffix);
  if (!match?.[1]) return { prerelease: '', variant: suffix };
  const word = match[1].toLowerCase();
  const number = match[2] === undefined ? '' : `.${Number(match[2])}`;
  return { prerelease: `${word}${number}`, variant: match[3] ?? '' };
}
