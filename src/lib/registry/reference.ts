import { isDigest, type Digest } from '../base/digest.js';
import { redact } from '../base/redact.js';
import { MonoError } from '../errors.js';
import { canonicalRegistry, DOCKER_HUB, registryProblem } from './registry-name.js';

/** The longest `registry/repository`, in bytes: the limit that OCI distribution-spec v1.1 names. */
export const MAX_NAME_LENGTH = 255;

/** The longest tag, in bytes. */
export const MAX_TAG_LENGTH = 128;

/** The longest text that {@link parseReference} looks into: every part at its limit, with room. */
const MAX_REFERENCE_LENGTH = 1024;

const PATH_COMPONENT = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;

/**
 * The name of an image in a registry, always fully qualified. A value that never changes; made by
 * {@link parseReference}.
 */
export interface Reference {
  /** lower-case host, with the port if one was given: `docker.io`, `127.0.0.1:5000`, `[::1]:5000` */
  readonly registry: string;
  /** `library/node` */
  readonly repository: string;
  /** absent when none was written; what that means is the caller's decision */
  readonly tag?: string;
  readonly digest?: Digest;
}

interface Split {
  readonly name: string;
  readonly tag: string | undefined;
  readonly digest: string | undefined;
}

/**
 * Returns the reference that `text` (`[registry/]repository[:tag][@digest]`) names. A name without
 * a registry is one of Docker Hub; `library/` is filled in for Docker Hub only. No tag is implied.
 *
 * @throws {MonoError} `REFERENCE_INVALID`
 * @see OCI distribution-spec v1.1, "Pulling manifests"
 */
export function parseReference(text: string): Reference {
  checkText(text);
  const { name, tag, digest } = split(text);
  const { registry, path } = splitName(name);
  const problem = registryProblem(registry);
  if (problem !== undefined) throw invalid(text, `the registry ${problem}`);
  checkRepository(text, path);
  const canonical = canonicalRegistry(registry);
  const repository = canonical === DOCKER_HUB && !path.includes('/') ? `library/${path}` : path;
  if (canonical.length + 1 + repository.length > MAX_NAME_LENGTH) {
    throw invalid(text, `the name is longer than ${MAX_NAME_LENGTH} characters`);
  }
  return Object.freeze({
    registry: canonical,
    repository,
    ...(tag === undefined ? {} : { tag: checkTag(text, tag) }),
    ...(digest === undefined ? {} : { digest: checkDigest(text, digest) }),
  });
}

/** Returns `reference` as text, fully qualified; {@link parseReference} of it is an equal value. */
export function formatReference(reference: Reference): string {
  const { tag, digest } = reference;
  return `${formatRepository(reference)}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
}

/** Returns `registry/repository` of `reference`. */
export function formatRepository(reference: Reference): string {
  return `${reference.registry}/${reference.repository}`;
}

/** Returns `reference` with this digest, its tag kept. */
export function pinReference(reference: Reference, digest: Digest): Reference {
  return Object.freeze({ ...reference, digest });
}

/**
 * Returns the reference to `tag` in the repository of `reference`, without a digest.
 *
 * @throws {MonoError} `REFERENCE_INVALID` unless `tag` is a tag
 */
export function withTag(reference: Reference, tag: string): Reference {
  const { registry, repository } = reference;
  return Object.freeze({
    registry,
    repository,
    tag: checkTag(`${formatRepository(reference)}:${tag}`, tag),
  });
}

/** Returns whether `text` is a tag by the grammar. */
export function isTag(text: string): boolean {
  return TAG.test(text);
}

function checkText(text: string): void {
  if (text === '') {
    throw invalid(text, 'it is empty', 'Write a name such as `docker.io/library/node:22`.');
  }
  if (text.length > MAX_REFERENCE_LENGTH) {
    throw invalid(text, `it is longer than ${MAX_REFERENCE_LENGTH} characters`);
  }
  if (/\s/.test(text)) throw invalid(text, 'it contains white space');
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.exec(text)?.[0];
  if (scheme === undefined) return;
  const rest = text.slice(scheme.length);
  throw invalid(text, `it starts with \`${redact(scheme)}\``, `Write \`${redact(rest)}\`.`);
}

function split(text: string): Split {
  const at = text.indexOf('@');
  const digest = at < 0 ? undefined : text.slice(at + 1);
  const nameAndTag = at < 0 ? text : text.slice(0, at);
  const colon = nameAndTag.lastIndexOf(':');
  if (colon <= nameAndTag.lastIndexOf('/')) return { name: nameAndTag, tag: undefined, digest };
  return { name: nameAndTag.slice(0, colon), tag: nameAndTag.slice(colon + 1), digest };
}

/**
 * The part before the first `/` is a registry if it could not be a path component by sight: it has
 * a dot, a port or brackets, or is `localhost`. Docker's rule.
 */
function splitName(name: string): { readonly registry: string; readonly path: string } {
  const slash = name.indexOf('/');
  const first = name.slice(0, Math.max(slash, 0));
  const isRegistry = /[.:[\]]/.test(first) || first.toLowerCase() === 'localhost';
  if (slash < 0 || !isRegistry) return { registry: DOCKER_HUB, path: name };
  return { registry: first, path: name.slice(slash + 1) };
}

function checkRepository(text: string, path: string): void {
  if (path === '') throw invalid(text, 'the repository is empty');
  if (/[A-Z]/.test(path)) {
    const hint = `Write the repository in lower case: \`${redact(path.toLowerCase())}\`.`;
    throw invalid(text, 'the repository has upper-case letters', hint);
  }
  for (const component of path.split('/')) {
    if (component === '') throw invalid(text, 'the repository has an empty component');
    if (!PATH_COMPONENT.test(component)) {
      throw invalid(
        text,
        `\`${redact(component)}\` cannot stand in a repository`,
        'Use lower-case letters and digits, separated by `.`, `_`, `__` or any number of `-`.',
      );
    }
  }
}

function checkTag(text: string, tag: string): string {
  if (TAG.test(tag)) return tag;
  if (tag === '') throw invalid(text, 'the tag is empty', 'Leave out the `:` or write a tag.');
  if (tag.length > MAX_TAG_LENGTH) {
    throw invalid(text, `the tag is longer than ${MAX_TAG_LENGTH} characters`);
  }
  throw invalid(
    text,
    `\`${redact(tag)}\` cannot be a tag`,
    'Use letters, digits, `_`, `.` and `-`; the first character is not `.` or `-`.',
  );
}

function checkDigest(text: string, digest: string): Digest {
  if (isDigest(digest)) return digest;
  const algorithm = /^([a-z0-9+._-]+):[0-9a-f]+$/.exec(digest)?.[1];
  const reason =
    algorithm === undefined || algorithm === 'sha256'
      ? `\`${redact(digest)}\` is not a digest`
      : `the digest algorithm \`${redact(algorithm)}\` is not supported`;
  const hint = 'Write a digest as `sha256:` followed by 64 lower-case hex digits.';
  throw invalid(text, reason, hint);
}

function invalid(text: string, reason: string, hint?: string): MonoError {
  const reference = redact(text);
  return new MonoError('REFERENCE_INVALID', `Cannot read reference \`${reference}\`: ${reason}`, {
    details: { reference, reason },
    ...(hint === undefined ? {} : { hint }),
  });
}
