import { redact } from '../../base/redact.js';
import { MonoError } from '../../errors.js';
import { parseImageSource, referenceOfSource } from '../../image/source/image-source.js';
import {
  formatReference,
  formatRepository,
  isTag,
  parseReference,
  type Reference,
} from '../../registry/reference.js';
import { formatRange, parseRange, type VersionRange } from './version-range.js';

/** What a project asks for: one image by tag or digest, or the newest tag within a range. */
export type Requirement = ExactRequirement | RangeRequirement;

/** An image by tag, digest or both; a tag is taken literally. */
export interface ExactRequirement {
  readonly kind: 'exact';
  readonly reference: Reference;
}

/** The newest of a repository's tags within a range. */
export interface RangeRequirement {
  readonly kind: 'range';
  /** the repository; without tag and digest */
  readonly reference: Reference;
  readonly range: VersionRange;
}

/**
 * Returns the requirement that `text` spells: a reference (`node`, `node:22.4.0`,
 * `node@sha256:…`; without tag and digest it means `:latest`) or a repository, `@` and a range
 * (`node@^22`, `node@~22.4`, `node@^22-alpine`, `node@>=20 <24`), or a file or directory with an image
 * (`oci:DIR`, `oci-archive:FILE:TAG`, …).
 *
 * @throws {MonoError} `REQUIREMENT_INVALID`, `REFERENCE_INVALID`, `DIGEST_INVALID`
 */
export function parseRequirement(text: string): Requirement {
  const source = parseImageSource(text);
  if (source) return { kind: 'exact', reference: referenceOfSource(source) };
  const at = text.indexOf('@');
  const suffix = at === -1 ? '' : text.slice(at + 1);
  if (at === -1 || suffix.includes(':')) return exact(parseReference(text));
  const repository = text.slice(0, at);
  const range = parseRange(suffix);
  if (!range) throw notARange(text, repository, suffix);
  const reference = parseReference(repository);
  if (reference.tag !== undefined) throw tagAndRange(text, formatRepository(reference), suffix);
  return { kind: 'range', reference, range };
}

/** Returns the one spelling of `requirement` that stands in files: fully qualified. */
export function formatRequirement(requirement: Requirement): string {
  const reference = formatReference(requirement.reference);
  return requirement.kind === 'exact'
    ? reference
    : `${reference}@${formatRange(requirement.range)}`;
}

/** Returns the part of a requirement that names a version, as people write it: `^22`, `latest`. */
export function versionText(requirement: Requirement): string {
  if (requirement.kind === 'range') return formatRange(requirement.range);
  const { tag, digest } = requirement.reference;
  return tag ?? digest?.slice(0, 'sha256:'.length + 12) ?? 'latest';
}

function exact(reference: Reference): ExactRequirement {
  const { tag, digest } = reference;
  const complete = tag === undefined && digest === undefined;
  return { kind: 'exact', reference: complete ? { ...reference, tag: 'latest' } : reference };
}

function notARange(text: string, repository: string, suffix: string): MonoError {
  return invalid(
    text,
    `\`${redact(suffix)}\` is neither a digest nor a range of versions`,
    isTag(suffix)
      ? `Write \`${redact(`${repository}:${suffix}`)}\` for the tag of that name.`
      : 'Write a range as `^22`, `~22.4`, `>=20 <24` or `^22-alpine`.',
  );
}

function tagAndRange(text: string, repository: string, suffix: string): MonoError {
  return invalid(
    text,
    'it has both a tag and a range',
    `Write \`${redact(`${repository}@${suffix}`)}\`.`,
  );
}

function invalid(text: string, reason: string, hint: string): MonoError {
  return new MonoError(
    'REQUIREMENT_INVALID',
    `Cannot read the requirement \`${redact(text)}\`: ${reason}`,
    { details: { requirement: redact(text) }, hint },
  );
}
