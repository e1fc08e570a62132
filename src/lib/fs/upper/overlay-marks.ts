/**
 * The extended attributes that overlayfs keeps to itself.
 *
 * @see https://docs.kernel.org/filesystems/overlayfs.html
 */
import type { ByteString } from '../../base/bytes.js';
import { byteStringFromBytes } from '../../base/bytes.js';
import type { Attributes } from '../entry.js';
import { IMPLICIT_ATTRIBUTES } from '../entry.js';
import { upperError } from './upper-entry.js';

/** Where overlayfs keeps its attributes: `user` for mounts with the option `userxattr`. */
export type MarkNamespace = 'trusted' | 'user';

/** What overlayfs says about an entry of an upper directory. */
export interface OverlayMarks {
  /** `y`: nothing of the base shows below; `x`: whiteouts below are files with an attribute */
  readonly opaque: 'y' | 'x' | undefined;
  /** where the base has what is merged with this entry */
  readonly redirect: ByteString | undefined;
  /** whether the content is that of the base */
  readonly isMetacopy: boolean;
  /** whether the entry is a whiteout if the directory above is marked with `x` */
  readonly isWhiteout: boolean;
  /** the extended attributes that a user of the mount sees */
  readonly xattrs: Attributes['xattrs'];
}

/** Attributes that only concern inode numbers, link counts and caches of the mount. */
const PRIVATE_MARKS = new Set(['origin', 'impure', 'nlink', 'upper', 'uuid']);

/** What comes after the prefix of an attribute of an overlayfs inside an overlayfs. */
const ESCAPE = 'overlay.';

/** The mark of an opaque directory. */
export const OPAQUE_MARK = 'opaque';

/** Returns the prefix of overlayfs's attributes. */
export function markPrefix(namespace: MarkNamespace): string {
  return `${namespace}.overlay.`;
}

/**
 * Parts what overlayfs says about the entry at `path` from the attributes that a user sees.
 *
 * @throws {MonoError} `FS_OVERLAY_INVALID` for a mark that is not known, or of unknown value
 */
export function readMarks(
  path: ByteString,
  xattrs: Attributes['xattrs'],
  namespace: MarkNamespace,
): OverlayMarks {
  const prefix = markPrefix(namespace);
  const marks = new Map<string, string>();
  const rest = new Map<ByteString, Uint8Array>();
  for (const [key, value] of xattrs) {
    const name = key.startsWith(prefix) ? key.slice(prefix.length) : undefined;
    if (name === undefined) rest.set(key, value);
    else if (name.startsWith(ESCAPE)) {
      rest.set(`${prefix}${name.slice(ESCAPE.length)}` as ByteString, value);
    } else if (!PRIVATE_MARKS.has(name)) marks.set(name, byteStringFromBytes(value));
  }
  return { ...interpret(path, marks), xattrs: rest.size === 0 ? IMPLICIT_ATTRIBUTES.xattrs : rest };
}

/** Returns `xattrs` as they stand in an upper directory. */
export function escapeXattrs(
  xattrs: Attributes['xattrs'],
  namespace: MarkNamespace,
): Attributes['xattrs'] {
  const prefix = markPrefix(namespace);
  if (![...xattrs.keys()].some((key) => key.startsWith(prefix))) return xattrs;
  return new Map(
    [...xattrs].map(([key, value]) => [
      (key.startsWith(prefix)
        ? `${prefix}${ESCAPE}${key.slice(prefix.length)}`
        : key) as ByteString,
      value,
    ]),
  );
}

function interpret(
  path: ByteString,
  marks: ReadonlyMap<string, string>,
): Omit<OverlayMarks, 'xattrs'> {
  const opaque = marks.get(OPAQUE_MARK);
  if (opaque !== undefined && opaque !== 'y' && opaque !== 'x') {
    throw upperError(path, 'its mark `opaque` has an unknown value');
  }
  const metacopy = marks.get('metacopy');
  if (metacopy !== undefined && metacopy !== '') {
    throw upperError(path, 'its mark `metacopy` has a value');
  }
  for (const name of marks.keys()) {
    if (!KNOWN_MARKS.has(name)) throw upperError(path, 'it has a mark that is not known');
  }
  return {
    opaque: opaque,
    redirect: marks.get('redirect') as ByteString | undefined,
    isMetacopy: metacopy !== undefined,
    isWhiteout: marks.has('whiteout'),
  };
}

const KNOWN_MARKS = new Set([OPAQUE_MARK, 'redirect', 'metacopy', 'whiteout']);
