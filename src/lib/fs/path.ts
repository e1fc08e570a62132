import type { ByteString } from '../base/bytes.js';
import { textOfByteString } from '../base/bytes.js';
import { redact } from '../base/redact.js';
import { MonoError } from '../errors.js';
import { MAX_NAME_BYTES, MAX_PATH_BYTES } from './limits.js';

/** The path of the root. */
export const ROOT_PATH = '' as ByteString;

const SLASH = '/';

/** Returns what keeps `name` from being the name of a directory entry, or `undefined`. */
export function problemOfName(name: string): string | undefined {
  if (name === '') return 'a name is empty';
  if (name === '.' || name === '..') return `a name is \`${name}\``;
  if (name.length > MAX_NAME_BYTES) return `a name is longer than ${MAX_NAME_BYTES} bytes`;
  if (name.includes(SLASH)) return 'a name contains `/`';
  if (name.includes('\0')) return 'a name contains a NUL byte';
  return undefined;
}

/** Returns what keeps `path` from being a path, or `undefined`. The empty path is the root. */
export function problemOfPath(path: string): string | undefined {
  if (path === '') return undefined;
  if (path.length > MAX_PATH_BYTES) return `it is longer than ${MAX_PATH_BYTES} bytes`;
  for (const name of path.split(SLASH)) {
    const problem = problemOfName(name);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/**
 * Returns the names that `path` consists of; none for the root.
 *
 * @throws {MonoError} `FS_PATH_INVALID` unless it is relative, `/`-joined, and made of valid names
 */
export function splitPath(path: ByteString): ByteString[] {
  const problem = problemOfPath(path);
  if (problem !== undefined) {
    throw new MonoError('FS_PATH_INVALID', `Cannot use path ${showPath(path)}: ${problem}`, {
      details: { path: textOfByteString(path) },
    });
  }
  return path === '' ? [] : (path.split(SLASH) as ByteString[]);
}

/** Returns the path of `name` in the directory `parent`. */
export function joinPath(parent: ByteString, name: ByteString): ByteString {
  return parent === '' ? name : (`${parent}${SLASH}${name}` as ByteString);
}

/** Returns the path of the directory that `path` stands in; the root's is the root. */
export function parentPath(path: ByteString): ByteString {
  return path.slice(0, Math.max(path.lastIndexOf(SLASH), 0)) as ByteString;
}

/** Returns whether `path` lies below the directory `parent`, at any depth. */
export function isBelow(path: ByteString, parent: ByteString): boolean {
  return parent === '' ? path !== '' : path.startsWith(`${parent}${SLASH}`);
}

/** Returns `path`, which is `from` or below it, as it is when `from` has become `to`. */
export function movePath(path: ByteString, from: ByteString, to: ByteString): ByteString {
  if (path === from) return to;
  return joinPath(to, path.slice(from === ROOT_PATH ? 0 : from.length + 1) as ByteString);
}

/** Returns `path` as messages show it: absolute, quoted, safe to print. */
export function showPath(path: ByteString): string {
  return `\`/${redact(textOfByteString(path))}\``;
}

/** Orders byte strings by their bytes. */
export function compareBytes(left: ByteString, right: ByteString): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Orders paths as a walk meets them: a directory before what it has, names by their bytes. */
export function compareWalk(left: ByteString, right: ByteString): number {
  return compareBytes(
    left.replaceAll(SLASH, '\0') as ByteString,
    right.replaceAll(SLASH, '\0') as ByteString,
  );
}
