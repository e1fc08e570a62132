/** The fields of an extended inode. */
export interface InodeRecord {
  /** one of `LAYOUT` */
  readonly layout: number;
  /** `i_xattr_icount`: 0, or 1 and the number of 4-byte units behind the xattr header */
  readonly xattrUnits: number;
  /** `st_mode`: type and permission bits */
  readonly mode: number;
  readonly sizeBytes: number;
  /** first block, device number, or chunk format, by type and layout */
  readonly location: number;
  /** `i_ino`: number for 32-bit `stat` */
  readonly ino: number;
  readonly uid: number;
  readonly gid: number;
  /** seconds since the epoch; may be negative */
  readonly seconds: number;
  readonly nanoseconds: number;
  readonly links: number;
}

/** `i_format` bit 0: the 64-byte form. */
const EXTENDED = 1;

/** Writes an extended inode to the first 64 bytes of `view`; reserved fields are left alone. */
export function encodeInode(view: DataView, inode: InodeRecord): void {
  view.setUint16(0, EXTENDED | (inode.layout << 1), true);
  view.setUint16(2, inode.xattrUnits, true);
  view.setUint16(4, inode.mode, true);
  setInt64(view, 8, inode.sizeBytes);
  view.setUint32(16, inode.location, true);
  view.setUint32(20, inode.ino, true);
  view.setUint32(24, inode.uid, true);
  view.setUint32(28, inode.gid, true);
  setInt64(view, 32, inode.seconds);
  view.setUint32(40, inode.nanoseconds, true);
  view.setUint32(44, inode.links, true);
}

/** Without the BigInt that `setBigInt64` would want for each of a million inodes. */
function setInt64(view: DataView, offset: number, value: number): void {
  view.setUint32(offset, value >>> 0, true);
  view.setInt32(offset + 4, Math.floor(value / 2 ** 32), true);
}
