import { MonoError } from '../../errors.js';
import { BLOCK_BYTES, blocksFor, INODE_BYTES, LAYOUT, MAX_BLOCKS } from './erofs-format.js';
import type { DataPlacement } from './data-placement.js';
import type { TreeTable } from './tree-table.js';

/**
 * Places the content of every file in the image: whole blocks one file after the other, the rest of
 * each behind its inode where a block has room for both.
 *
 * @throws {MonoError} `ROOTFS_LIMIT` when it is more than 2^32 - 1 blocks (16 TiB)
 */
export function placeDense(tree: TreeTable): DataPlacement {
  const layouts = new Uint8Array(tree.inodeCount);
  const firstBlocks = new Uint32Array(tree.inodeCount);
  let dataBlocks = 0;
  for (let inode = 0; inode < tree.inodeCount; inode++) {
    if (!tree.isFile(inode)) continue;
    const sizeBytes = tree.sizes.at(inode);
    const layout = flatLayout(sizeBytes, tree.xattrsOf(inode).length);
    layouts[inode] = layout;
    firstBlocks[inode] = dataBlocks;
    dataBlocks += flatBlocks(sizeBytes, layout);
    if (dataBlocks > MAX_BLOCKS) throw tooLarge();
  }
  return { layouts, firstBlocks, chunkMaps: new Map(), dataBlocks, dataInImage: true };
}

/** Returns the layout for content in consecutive blocks: inline wherever the rest has room. */
export function flatLayout(sizeBytes: number, xattrBytes: number): number {
  const rest = sizeBytes % BLOCK_BYTES;
  const fits = rest > 0 && INODE_BYTES + xattrBytes + rest <= BLOCK_BYTES;
  return fits ? LAYOUT.flatInline : LAYOUT.flatPlain;
}

/** Returns how many blocks content of `sizeBytes` takes outside of its inode. */
export function flatBlocks(sizeBytes: number, layout: number): number {
  if (layout === LAYOUT.flatInline) return Math.floor(sizeBytes / BLOCK_BYTES);
  return blocksFor(sizeBytes);
}

function tooLarge(): MonoError {
  return new MonoError(
    'ROOTFS_LIMIT',
    `Cannot write the image: its files take more than ${MAX_BLOCKS} blocks of ${BLOCK_BYTES} bytes`,
  );
}
