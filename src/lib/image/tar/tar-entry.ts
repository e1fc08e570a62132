import type { ByteSource, ByteString } from '../../base/bytes.js';
import type { Timestamp } from '../../fs/entry.js';

/** What a tar entry creates. */
export type TarEntryKind =
  'file' | 'directory' | 'symlink' | 'hardLink' | 'characterDevice' | 'blockDevice' | 'fifo';

/** One entry of a tar archive, with its extended headers applied and its names as they stand. */
export interface TarEntry {
  readonly kind: TarEntryKind;
  /** the name's bytes, not normalised and not checked */
  readonly name: ByteString;
  /** target of a symlink, or name of the entry that a hard link repeats; else empty */
  readonly linkName: ByteString;
  /** 0 to 0o7777 */
  readonly mode: number;
  /** 0 to 2^32-1 */
  readonly uid: number;
  /** 0 to 2^32-1 */
  readonly gid: number;
  readonly mtime: Timestamp;
  /** by full name, in no certain order; the values are the receiver's own copies */
  readonly xattrs: ReadonlyMap<ByteString, Uint8Array>;
  readonly deviceMajor: number;
  readonly deviceMinor: number;
  /** length of `content` in `bytes`; 0 for all kinds but `file` */
  readonly sizeBytes: number;
  /**
   * The content. A small file's is an array with one piece, a large file's is read from the
   * archive. It must be consumed, if at all, before the next entry is asked for; a small file's stays
   * valid beyond that where the archive's pieces do.
   */
  readonly content: ByteSource;
}
