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

/** A directory; its entries stand in a tree of nodes of their own. */
export interface DirectoryEntry extends Attributes {
  readonly kind: 'directory';
  /** root node of the directory's entries */
  readonly entries: CID;
  /** in a change set: hides everything that the base has below this path */
  readonly opaque: boolean;
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
 * In a change set: this name becomes a hard link to an entry of the base (a tar layer can link to
 * a file that only a lower layer has). `flatten` resolves it.
 */
export interface BaseLinkEntry {
  readonly kind: 'baseLink';
  /** path in the base, without leading slash */
  readonly target: ByteString;
}

/** What a name in a complete tree can stand for. */
export type TreeEntry =
  FileEntry | DirectoryEntry | SymlinkEntry | CidLinkEntry | DeviceEntry | FifoEntry | SocketEntry;

/** What a name in a change set can stand for. */
export type ChangeEntry = TreeEntry | TombstoneEntry | BaseLinkEntry;
