import { splitSuffix } from './version-tag.js';

/** A range of versions of one variant: `^22`, `~22.4`, `>=22 <24`, `^22-alpine`. */
export interface VersionRange {
  /** the range in semver's grammar, without the variant */
  readonly range: string;
  /** the exact suffix that a tag must have; empty for the plain image */
  readonly variant: string;
}

/** The longest range that is read; semver's own limit. */
export const MAX_RANGE_LENGTH = 256;

const COMPARATOR =
  /^(\^|~|>=|<=|>|<|=)?v?((?:\d{1,15}|[xX*])(?:\.(?:\d{1,15}|[xX*])){0,2})(?:-([0-9A-Za-z_.-]+))?$/;
const THREE_NUMBERS = /^\d+\.\d+\.\d+$/;

/**
 * Returns the range that `text` spells, or `undefined` when it spells none. The variant is the
 * suffix of the last comparator and applies to all of them; a pre-release (`^1.2.0-rc.1`) wants all
 * three numbers.
 */
export function parseRange(text: string): VersionRange | undefined {
  if (text.length > MAX_RANGE_LENGTH) return undefined;
  const tokens = text.trim().split(/\s+/);
  const last = tokens.length - 1;
  const parts: string[] = [];
  let variant = '';
  for (const [index, token] of tokens.entries()) {
    if (token === '||' || token === '-') {
      if (!isBetweenComparators(tokens, index)) return undefined;
      parts.push(token);
      continue;
    }
    const comparator = parseComparator(token);
    if (!comparator || (comparator.variant !== '' && index !== last)) return undefined;
    parts.push(comparator.text);
    variant = comparator.variant;
  }
  return { range: parts.join(' '), variant };
}

/** Returns `range` as it stands in a requirement. */
export function formatRange(range: VersionRange): string {
  return range.variant === '' ? range.range : `${range.range}-${range.variant}`;
}

function isBetweenComparators(tokens: readonly string[], index: number): boolean {
  const before = tokens[index - 1];
  const after = tokens[index + 1];
  return isComparator(before) && isComparator(after);
}

function isComparator(token: string | undefined): boolean {
  return token !== undefined && COMPARATOR.test(token);
}

function parseComparator(token: string): { text: string; variant: string } | undefined {
  const match = COMPARATOR.exec(token);
  if (!match) return undefined;
  const [, operator = '', numbers = '', suffix = ''] = match;
  const { prerelease, variant } = splitSuffix(suffix);
  if (prerelease === '') return { text: `${operator}${numbers}`, variant };
  if (!THREE_NUMBERS.test(numbers)) return undefined;
  return { text: `${operator}${numbers}-${prerelease}`, variant };
}
