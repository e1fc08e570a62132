import type { CID } from 'multiformats/cid';
import type { ByteString } from '../base/bytes.js';

/** The time of an entry, as the image carries it. */
export interface Timestamp {
  /** whole seconds since the epoch; may be negative */
  readonly seconds: number;
  /** 0 to 999,999,999 */
  readonly nanoseconds: number;
}

/** The attributes that every entry but a tombstone has. */
export interface Attributes {
  /** permission bits with setuid, setgid and sticky: 0 to 0o7777 */
  readonly mode: number;
  /** 0 to 2^32-1 */
  readonly uid: number;
  /** 0 to 2^32-1 */
  readonly gid: number;
  readonly mtime: Timestamp;
  /** extended attributes by full name (`security.capability`), in byte order of the names */
  readonly xattrs: ReadonlyMap<ByteString, Uint8Array>;
}

/** A regular file. */
export interface FileEntry extends Attributes {
  readonly kind: 'file';
  readonly sizeBytes: number;
  /** root of the content (`BytesReader`) */
  readonly content: CID;
}

/**
 * A directory; its entries stand in nodes of their own. Nothing below it is a tombstone, a base
 * link or an overlay directory: it is complete. In a change set it is merged with the directory
 * that the base has at the same path.
 */
export interface DirectoryEntry extends Attributes {
  readonly kind: 'directory';
  /** root node of the directory's entries */
  readonly entries: CID;
}

/** A symbolic link by path. */
export interface SymlinkEntry extends Attributes {
  readonly kind: 'symlink';
  readonly target: ByteString;
}

/** A link to a node or to bytes by CID. */
export interface CidLinkEntry extends Attributes {
  readonly kind: 'cidLink';
  readonly target: CID;
}

/** A character or block device. */
export interface DeviceEntry extends Attributes {
  readonly kind: 'characterDevice' | 'blockDevice';
  readonly major: number;
  readonly minor: number;
}

/** A named pipe. */
export interface FifoEntry extends Attributes {
  readonly kind: 'fifo';
}

/** A Unix socket's name. */
export interface SocketEntry extends Attributes {
  readonly kind: 'socket';
}

/** In a change set: the base's entry of this name is deleted. */
export interface TombstoneEntry {
  readonly kind: 'tombstone';
}

/**
 * In a change set: this name becomes a hard link to an entry of the base (a layer can link to a
 * file that only a lower layer has). `flatten` resolves it.
 */
export interface BaseLinkEntry {
  readonly kind: 'baseLink';
  /** path in the base, without leading slash */
  readonly target: ByteString;
}

/**
 * In a change set: a directory that only makes sense over a base, because it is opaque, has no
 * attributes of its own, or has something below it that a complete tree cannot have.
 */
export interface OverlayDirectoryEntry {
  readonly kind: 'overlayDirectory';
  /** root node of the directory's entries */
  readonly entries: CID;
  /** hides everything that the base has below this path */
  readonly opaque: boolean;
  /**
   * `undefined` for an *implicit* directory, one that the change set needs for its children but
   * says nothing about: the base's attributes stay, or {@link IMPLICIT_ATTRIBUTES} apply.
   */
  readonly attributes: Attributes | undefined;
}

/** What a name in a complete tree can stand for. */
export type TreeEntry =
  FileEntry | DirectoryEntry | SymlinkEntry | CidLinkEntry | DeviceEntry | FifoEntry | SocketEntry;

/** What a name in a complete tree can stand for, directories left out. */
export type LeafEntry = Exclude<TreeEntry, DirectoryEntry>;

/** What a name in a change set can stand for. */
export type ChangeEntry = TreeEntry | TombstoneEntry | BaseLinkEntry | OverlayDirectoryEntry;

/** The attributes of a directory that nothing ever described. */
export const IMPLICIT_ATTRIBUTES: Attributes = Object.freeze({
  mode: 0o755,
  uid: 0,
  gid: 0,
  mtime: Object.freeze({ seconds: 0, nanoseconds: 0 }),
  xattrs: new Map<ByteString, Uint8Array>(),
});

/** Returns the attributes of `entry` alone. */
export function attributesOf(entry: Attributes): Attributes {
  const { mode, uid, gid, mtime, xattrs } = entry;
  return { mode, uid, gid, mtime, xattrs };
}
