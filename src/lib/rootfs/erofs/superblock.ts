import { BLOCK_BITS, BLOCK_BYTES } from './erofs-format.js';
import { crc32cRegister } from './crc32c.js';

/**
 * The superblock: 128 bytes at byte 1024 of block 0, the rest of the block zero. Its checksum covers
 * the block from byte 1024 to its end.
 *
 * @see docs/formats/erofs-image.md#superblock
 */
const OFFSET = 1024;
const MAGIC = 0xe0f5_e1e2;
const FEATURE_COMPAT_CHECKSUM = 0x1;
/** The time in an inode is its mtime, not its ctime. */
const FEATURE_COMPAT_MTIME = 0x2;
const FEATURE_COMPAT = FEATURE_COMPAT_CHECKSUM | FEATURE_COMPAT_MTIME;
const FEATURE_INCOMPAT_CHUNKED_FILE = 0x4;

/** Length of the identity in `bytes`. */
export const UUID_BYTES = 16;

/** What the superblock says about an image. */
export interface Superblock {
  /** nid of the root directory; 16 bits */
  readonly rootNid: number;
  readonly inodes: number;
  /** size of the image, or of the disk it describes, in blocks */
  readonly blocks: number;
  /** {@link UUID_BYTES} bytes */
  readonly uuid: Uint8Array;
  /** whether an inode is chunk-based */
  readonly chunked: boolean;
}

/** Returns block 0 of an image. */
export function encodeSuperblock(superblock: Superblock): Uint8Array {
  const block = new Uint8Array(BLOCK_BYTES);
  const view = new DataView(block.buffer, OFFSET);
  view.setUint32(0, MAGIC, true);
  view.setUint32(8, FEATURE_COMPAT, true);
  view.setUint8(12, BLOCK_BITS);
  view.setUint16(14, superblock.rootNid, true);
  view.setBigUint64(16, BigInt(superblock.inodes), true);
  view.setUint32(36, superblock.blocks, true);
  block.set(superblock.uuid, OFFSET + 48);
  view.setUint32(80, superblock.chunked ? FEATURE_INCOMPAT_CHUNKED_FILE : 0, true);
  view.setUint32(4, crc32cRegister(block.subarray(OFFSET)), true);
  return block;
}

/**
 * Returns what block 0 of an image says, or `undefined` when it is not one that
 * {@link encodeSuperblock} returns.
 */
export function decodeSuperblock(block: Uint8Array): Superblock | undefined {
  if (block.length !== BLOCK_BYTES) return undefined;
  const view = new DataView(block.buffer, block.byteOffset + OFFSET);
  const superblock = {
    rootNid: view.getUint16(14, true),
    inodes: Number(view.getBigUint64(16, true)),
    blocks: view.getUint32(36, true),
    uuid: block.slice(OFFSET + 48, OFFSET + 48 + UUID_BYTES),
    chunked: view.getUint32(80, true) === FEATURE_INCOMPAT_CHUNKED_FILE,
  };
  return Buffer.compare(encodeSuperblock(superblock), block) === 0 ? superblock : undefined;
}
