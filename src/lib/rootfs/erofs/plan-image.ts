import { MonoError } from '../../errors.js';
import { indexChildren, type ChildrenIndex } from './children-index.js';
import type { DataPlacement } from './data-placement.js';
import { directorySize } from './directory-blocks.js';
import {
  BLOCK_BYTES,
  FILE_TYPE,
  INODE_BYTES,
  LAYOUT,
  MAX_BLOCKS,
  SLOT_BYTES,
} from './erofs-format.js';
import { flatBlocks, flatLayout } from './place-dense.js';
import { SlotPacker } from './slot-packer.js';
import type { TreeTable } from './tree-table.js';

/** Size of an entry of a chunk map in `bytes`. */
const CHUNK_ADDRESS_BYTES = 4;
/**
 * Blocks of zeros behind the inodes when nothing else stands there: fsck.erofs 1.5 reads the 12 bytes
 * behind every inode, xattrs or not.
 */
const SPARE_BLOCKS = 1;
/** Numbers of slots are kept in 32 bits. */
const MAX_INODE_BLOCKS = 2 ** 32 / (BLOCK_BYTES / SLOT_BYTES);
/** Block 0 holds the superblock alone. */
const FIRST_INODE_BLOCK = 1;

/**
 * Every address of an image, decided before a byte is written:
 *
 *     block 0      | 1 … blockArea-1 | blockArea … dataArea-1           | dataArea … totalBlocks-1
 *     superblock   | inodes + tails  | directories, long link targets   | files
 */
export interface ImagePlan {
  readonly tree: TreeTable;
  readonly children: ChildrenIndex;
  readonly placement: DataPlacement;
  /** number of the slot where the inode stands, by inode */
  readonly nids: Uint32Array;
  /** one of `LAYOUT`, by inode */
  readonly layouts: Uint8Array;
  /** first block of flat content, from the start of the image, by inode */
  readonly firstBlocks: Uint32Array;
  /** first block behind the inodes */
  readonly blockArea: number;
  /** first block behind the metadata */
  readonly dataArea: number;
  /** size of the image in blocks; with the data area, wherever that is */
  readonly totalBlocks: number;
}

/**
 * Assigns a place to every inode and block. Pure but for filling in the sizes of directories in
 * `tree`. The same tree and placement give the same plan.
 *
 * @throws {MonoError} `ROOTFS_LIMIT` when the image has more than 2^32 - 1 blocks
 */
export function planImage(tree: TreeTable, placement: DataPlacement): ImagePlan {
  const children = indexChildren(tree);
  const layouts = placement.layouts.slice();
  const nids = new Uint32Array(tree.inodeCount);
  const packer = new SlotPacker(FIRST_INODE_BLOCK);
  for (let inode = 0; inode < tree.inodeCount; inode++) {
    if (tree.isDirectory(inode)) tree.sizes.set(inode, directorySize({ tree, children }, inode));
    if (!tree.isFile(inode)) layouts[inode] = metadataLayout(tree, inode);
    const sizeBytes =
      INODE_BYTES + tree.xattrsOf(inode).length + trailerBytes(tree, inode, { layouts, placement });
    nids[inode] = packer.place(sizeBytes) / SLOT_BYTES;
  }
  const blockArea = packer.endBlock;
  const firstBlocks = new Uint32Array(tree.inodeCount);
  const metadataEnd = assignBlocks({ tree, layouts, placement, firstBlocks, blockArea });
  const isAllInodes = metadataEnd + placement.dataBlocks === blockArea;
  const dataArea = metadataEnd + (isAllInodes ? SPARE_BLOCKS : 0);
  const totalBlocks = dataArea + placement.dataBlocks;
  if (totalBlocks > MAX_BLOCKS || blockArea > MAX_INODE_BLOCKS) throw tooLarge(totalBlocks);
  return {
    ...{ tree, children, placement, nids, layouts, firstBlocks },
    ...{ blockArea, dataArea, totalBlocks },
  };
}

function metadataLayout(tree: TreeTable, inode: number): number {
  return flatLayout(tree.sizes.at(inode), tree.xattrsOf(inode).length);
}

function trailerBytes(
  tree: TreeTable,
  inode: number,
  { layouts, placement }: Pick<ImagePlan, 'layouts' | 'placement'>,
): number {
  if (layouts[inode] === LAYOUT.flatInline) return tree.sizes.at(inode) % BLOCK_BYTES;
  const chunks = placement.chunkMaps.get(inode);
  return chunks ? chunks.blocks.length * CHUNK_ADDRESS_BYTES : 0;
}

/** Fills in `firstBlocks` and returns the block behind the metadata. */
function assignBlocks(
  plan: Pick<ImagePlan, 'tree' | 'layouts' | 'placement' | 'firstBlocks' | 'blockArea'>,
): number {
  const { tree, layouts, placement, firstBlocks } = plan;
  let next = plan.blockArea;
  for (let inode = 0; inode < tree.inodeCount; inode++) {
    const type = tree.typeOf(inode);
    if (type !== FILE_TYPE.directory && type !== FILE_TYPE.symlink) continue;
    firstBlocks[inode] = next;
    next += flatBlocks(tree.sizes.at(inode), layouts[inode] ?? 0);
  }
  for (let inode = 0; inode < tree.inodeCount; inode++) {
    if (tree.isFile(inode)) firstBlocks[inode] = next + (placement.firstBlocks[inode] ?? 0);
  }
  return next;
}

function tooLarge(totalBlocks: number): MonoError {
  return new MonoError(
    'ROOTFS_LIMIT',
    `Cannot write the image: it takes ${totalBlocks} blocks, the limit is ${MAX_BLOCKS}`,
  );
}
