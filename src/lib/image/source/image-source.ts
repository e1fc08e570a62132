import { normalize } from 'node:path/posix';
import type { Digest } from '../../base/digest.js';
import { redact } from '../../base/redact.js';
import { MonoError } from '../../errors.js';
import { isTag, parseReference, type Reference } from '../../registry/reference.js';

/** The kinds of files and directories that images are read from, as `skopeo` calls them. */
export const SOURCE_TRANSPORTS = ['oci', 'oci-archive', 'docker-archive', 'car'] as const;

/** See {@link SOURCE_TRANSPORTS}; `car` is a tree or version as `mono export` writes it. */
export type SourceTransport = (typeof SOURCE_TRANSPORTS)[number];

/** An image in a file or directory. */
export interface ImageSource {
  readonly transport: SourceTransport;
  /** begins with `/`, `./` or `../`; relative ones start at the directory of the project */
  readonly path: string;
  /** which of the images in it; absent: the only one */
  readonly tag?: string | undefined;
  readonly digest?: Digest | undefined;
}

/** What a path cannot have where it stands in files that are read line by line. */
const UNUSABLE = /[\s\p{C}"'#:]/u;

const SOURCE = new RegExp(`^(${SOURCE_TRANSPORTS.join('|')}):(.*)$`, 'su');
const DIGEST_SUFFIX = /@(sha256:[0-9a-f]{64})$/;

/** What stands in the place of a registry: a transport, and the beginning of a path. */
const SOURCE_REGISTRY = new RegExp(`^(${SOURCE_TRANSPORTS.join('|')}):(\\.{0,2})$`);

/**
 * Returns the file or directory that `text` (`oci:DIR[:TAG]`, `docker-archive:FILE[:TAG]`, …) names,
 * or `undefined` when it begins with no transport.
 *
 * @throws {MonoError} `REQUIREMENT_INVALID`
 */
export function parseImageSource(text: string): ImageSource | undefined {
  const match = SOURCE.exec(text);
  if (!match) return undefined;
  const [, transport = '', rest = ''] = match;
  const digest = DIGEST_SUFFIX.exec(rest)?.[1];
  const name = digest === undefined ? rest : rest.slice(0, -digest.length - 1);
  const [path, tag] = splitOnce(name, ':');
  if (path === '') throw invalid(text, 'it names no path');
  if (UNUSABLE.test(path)) throw invalid(text, 'the path has white space, a quote or `#` in it');
  if (tag !== undefined && !isTag(tag)) throw invalid(text, `\`${redact(tag)}\` is no tag`);
  return {
    transport: transport as SourceTransport,
    path: anchored(path),
    tag,
    digest: digest as Digest | undefined,
  };
}

/**
 * Returns the reference that `text` spells, to a registry or to a file or directory.
 *
 * @throws {MonoError} `REFERENCE_INVALID`, `REQUIREMENT_INVALID`
 */
export function parseImageReference(text: string): Reference {
  const source = parseImageSource(text);
  return source ? referenceOfSource(source) : parseReference(text);
}

/**
 * Returns the reference that stands for `source` wherever references are handled. Its text is the
 * source as people write it. No registry can have such a name: none ends with a colon or a dot.
 */
export function referenceOfSource({ transport, path, tag, digest }: ImageSource): Reference {
  const slash = path.indexOf('/');
  return Object.freeze({
    registry: `${transport}:${path.slice(0, slash)}`,
    repository: path.slice(slash + 1),
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
  });
}

/** Returns the source that `reference` stands for, or `undefined` if it names a registry. */
export function sourceOfReference(reference: Reference): ImageSource | undefined {
  const match = SOURCE_REGISTRY.exec(reference.registry);
  if (!match) return undefined;
  const [, transport, start = ''] = match;
  const { repository, tag, digest } = reference;
  const path = `${start}/${repository}`;
  return { transport: transport as SourceTransport, path, tag, digest };
}

/** Returns where a source is, without which of the images in it is meant. */
export function formatSourcePlace({ transport, path }: ImageSource): string {
  return `${transport}:${path}`;
}

function splitOnce(text: string, separator: string): [string, string?] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

/** `a/../b` and `b` are one path, and one that is relative says so. */
function anchored(path: string): string {
  const plain = normalize(path);
  if (plain === '.' || plain === '..') return `${plain}/`;
  return plain.startsWith('/') || plain.startsWith('../') || plain === './' ? plain : `./${plain}`;
}

function invalid(text: string, reason: string): MonoError {
  const shown = redact(text);
  return new MonoError('REQUIREMENT_INVALID', `Cannot read \`${shown}\`: ${reason}`, {
    details: { requirement: shown, reason },
    hint: 'Write `oci:DIR:TAG`, `oci-archive:FILE`, `docker-archive:FILE:TAG` or `car:FILE`.',
  });
}
