import type { ByteString } from '../../base/bytes.js';
import type { TreeEntry } from '../entry.js';
import { attributesEqual } from '../node/entry-codec.js';

/** What can change of a path that stays. */
export type Aspect = 'type' | 'content' | 'mode' | 'owner' | 'time' | 'xattrs';

/** A path that only the second tree has. A directory stands for everything below it. */
export interface AddedPath {
  readonly kind: 'added';
  readonly path: ByteString;
  readonly after: TreeEntry;
}

/** A path that only the first tree has. A directory stands for everything below it. */
export interface RemovedPath {
  readonly kind: 'removed';
  readonly path: ByteString;
  readonly before: TreeEntry;
}

/**
 * A path that both trees have, with something different. When its type changes and one side is a
 * directory, it stands for everything below it; otherwise what changed below has its own path.
 */
export interface ChangedPath {
  readonly kind: 'changed';
  readonly path: ByteString;
  readonly before: TreeEntry;
  readonly after: TreeEntry;
  readonly aspects: readonly Aspect[];
}

/** A file that has other names than before. */
export interface RelinkedPath {
  readonly kind: 'relinked';
  readonly path: ByteString;
  /** all names of the file at `path` in the first tree, in byte order */
  readonly before: readonly ByteString[];
  /** all names of the file at `path` in the second tree, in byte order */
  readonly after: readonly ByteString[];
}

/** A difference between two trees. */
export type Difference = AddedPath | RemovedPath | ChangedPath | RelinkedPath;

/**
 * Returns what differs between two entries of one path; nothing for two directories that only differ
 * in what they have.
 */
export function aspectsOf(before: TreeEntry, after: TreeEntry): Aspect[] {
  const aspects: Aspect[] = [];
  if (before.kind !== after.kind) aspects.push('type');
  else if (contentOf(before) !== contentOf(after)) aspects.push('content');
  if (before.mode !== after.mode) aspects.push('mode');
  if (before.uid !== after.uid || before.gid !== after.gid) aspects.push('owner');
  const sameSeconds = before.mtime.seconds === after.mtime.seconds;
  if (!sameSeconds || before.mtime.nanoseconds !== after.mtime.nanoseconds) aspects.push('time');
  const { mode, uid, gid, mtime } = before;
  if (!attributesEqual({ mode, uid, gid, mtime, xattrs: after.xattrs }, before)) {
    aspects.push('xattrs');
  }
  return aspects;
}

/** Returns text that two entries of one kind share exactly when their content is the same. */
export function contentOf(entry: TreeEntry): string {
  switch (entry.kind) {
    case 'file':
      return `${entry.sizeBytes} ${entry.content.toString()}`;
    case 'symlink':
      return entry.target;
    case 'cidLink':
      return entry.target.toString();
    case 'characterDevice':
    case 'blockDevice':
      return `${entry.major}:${entry.minor}`;
    case 'directory':
    case 'fifo':
    case 'socket':
      return '';
  }
}
