/**
 * Constants of the EROFS on-disk format, as far as the writer uses it: little-endian, uncompressed,
 * 4 KiB blocks, extended inodes only.
 *
 * @see docs/formats/erofs-image.md
 * @see Linux, Documentation/filesystems/erofs.rst, "On-disk details"
 */

/** log2 of the block size. */
export const BLOCK_BITS = 12;
/** Size of a block in `bytes`. */
export const BLOCK_BYTES = 1 << BLOCK_BITS;
/** An inode's number (nid) counts slots of this many `bytes` from the start of the image. */
export const SLOT_BYTES = 32;
/** Size of an extended inode in `bytes`: the form with 32-bit owners, 64-bit size and own mtime. */
export const INODE_BYTES = 64;
/** Size of a directory entry without its name in `bytes`. */
export const DIRENT_BYTES = 12;
/** Longest name in a directory in `bytes` (NAME_MAX). */
export const MAX_NAME_BYTES = 255;
/** Longest target of a symbolic link in `bytes` (PATH_MAX less the final zero byte). */
export const MAX_TARGET_BYTES = 4095;
/** Block addresses are 32 bits wide, and the highest one means "no block". */
export const MAX_BLOCKS = 0xffff_ffff;
/** Device numbers have 12 bits for the major and 20 bits for the minor number. */
export const MAX_DEVICE_MAJOR = 0xfff;
/** See {@link MAX_DEVICE_MAJOR}. */
export const MAX_DEVICE_MINOR = 0xf_ffff;

/** Where the content of an inode is. */
export const LAYOUT = {
  /** all of it in consecutive blocks */
  flatPlain: 0,
  /** whole blocks in consecutive blocks, the rest right behind the inode and its xattrs */
  flatInline: 2,
  /** a map of block addresses, one per chunk, stands behind the inode and its xattrs */
  chunkBased: 4,
} as const;

/** File types of `st_mode`. */
export const FILE_TYPE = {
  fifo: 0o010000,
  characterDevice: 0o020000,
  directory: 0o040000,
  blockDevice: 0o060000,
  file: 0o100000,
  symlink: 0o120000,
  socket: 0o140000,
} as const;

/** The bits of `st_mode` that hold the file type. */
export const FILE_TYPE_MASK = 0o170000;

/** Type of a directory entry by `st_mode >> 12`. */
export const DIRENT_TYPES: readonly number[] = direntTypes();

/** Returns `bytes` rounded up to whole blocks, counted in blocks. */
export function blocksFor(bytes: number): number {
  return Math.ceil(bytes / BLOCK_BYTES);
}

/** Returns `bytes` rounded up to a multiple of `unit`. */
export function roundUp(bytes: number, unit: number): number {
  return Math.ceil(bytes / unit) * unit;
}

function direntTypes(): number[] {
  const types = new Array<number>(16).fill(0);
  types[FILE_TYPE.file >> 12] = 1;
  types[FILE_TYPE.directory >> 12] = 2;
  types[FILE_TYPE.characterDevice >> 12] = 3;
  types[FILE_TYPE.blockDevice >> 12] = 4;
  types[FILE_TYPE.fifo >> 12] = 5;
  types[FILE_TYPE.socket >> 12] = 6;
  types[FILE_TYPE.symlink >> 12] = 7;
  return types;
}
