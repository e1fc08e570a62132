import type { ByteString } from '../../base/bytes.js';
import { byteStringFromBytes } from '../../base/bytes.js';
import { ByteArena } from './byte-arena.js';
import { Column } from './column.js';
import { FILE_TYPE, FILE_TYPE_MASK } from './erofs-format.js';

/** Marks an absent reference into the arena. */
export const NO_REFERENCE = 0xffff_ffff;

/**
 * A whole tree in a few typed arrays: about 130 bytes for an entry with a name of usual length, so
 * that a million entries fit into memory that nobody notices.
 *
 * Two tables. *Inodes*, row 0 the root, in the order in which they were first met. *Names*, one row
 * per directory entry but the root's, in pre-order; a hard-linked file has several. What is of
 * variable length stands in the arena.
 */
export class TreeTable {
  readonly arena = new ByteArena();

  /** `st_mode`, by inode */
  readonly modes = new Column(Uint16Array);
  readonly uids = new Column(Uint32Array);
  readonly gids = new Column(Uint32Array);
  readonly seconds = new Column(Float64Array);
  readonly nanoseconds = new Column(Uint32Array);
  /** size in `bytes`: of content, link target, or directory blocks */
  readonly sizes = new Column(Float64Array);
  readonly links = new Column(Uint32Array);
  /** reference to a file's CID or a link's target; a device's number; else 0 */
  readonly payloads = new Column(Uint32Array);
  /** reference to the encoded xattrs, or {@link NO_REFERENCE} */
  readonly xattrs = new Column(Uint32Array);
  /** row of the name under which the inode was first met; 0 for the root */
  readonly firstNames = new Column(Uint32Array);

  /** inode of the directory that holds the name, by name */
  readonly nameParents = new Column(Uint32Array);
  readonly nameInodes = new Column(Uint32Array);
  /** reference to the name's bytes */
  readonly nameTexts = new Column(Uint32Array);

  /** number of extended attributes that the format has no place for */
  omittedXattrs = 0;

  get inodeCount(): number {
    return this.modes.length;
  }

  get nameCount(): number {
    return this.nameInodes.length;
  }

  /** Returns the type of an inode, one of `FILE_TYPE`. */
  typeOf(inode: number): number {
    return this.modes.at(inode) & FILE_TYPE_MASK;
  }

  isFile(inode: number): boolean {
    return this.typeOf(inode) === FILE_TYPE.file;
  }

  isDirectory(inode: number): boolean {
    return this.typeOf(inode) === FILE_TYPE.directory;
  }

  /** Returns the directory in which an inode was first met; the root for the root. */
  parentOf(inode: number): number {
    return inode === 0 ? 0 : this.nameParents.at(this.firstNames.at(inode));
  }

  /** Returns the bytes of a name. */
  nameOf(name: number): Uint8Array {
    return this.arena.read(this.nameTexts.at(name));
  }

  /** Returns the CID of a file or the target of a symbolic link, as bytes. */
  payloadOf(inode: number): Uint8Array {
    return this.arena.read(this.payloads.at(inode));
  }

  /** Returns the encoded xattrs of an inode; empty when it has none. */
  xattrsOf(inode: number): Uint8Array {
    const reference = this.xattrs.at(inode);
    return reference === NO_REFERENCE ? NO_BYTES : this.arena.read(reference);
  }

  /** Returns the path under which an inode was first met, without leading slash. */
  pathOf(inode: number): ByteString {
    const names: string[] = [];
    for (let at = inode; at !== 0; at = this.parentOf(at)) {
      names.unshift(byteStringFromBytes(this.nameOf(this.firstNames.at(at))));
    }
    return names.join('/') as ByteString;
  }
}

const NO_BYTES = new Uint8Array(0);
