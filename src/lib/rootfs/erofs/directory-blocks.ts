import { BLOCK_BYTES, DIRENT_BYTES, DIRENT_TYPES } from './erofs-format.js';
import { childrenOf, type ChildrenIndex } from './children-index.js';
import type { TreeTable } from './tree-table.js';

/**
 * A directory's content: blocks that each hold as many names as fit, in byte order over all blocks,
 * `.` and `..` among them at their place:
 *
 *     n × (u64le nid | u16le offset of the name | u8 type | u8 0) | n names | zeros to the block's end
 *
 * The first offset tells n. The last block of the directory ends with its last name.
 *
 * @see docs/formats/erofs-image.md#directories
 */
const DOT = Uint8Array.of(0x2e);
const DOT_DOT = Uint8Array.of(0x2e, 0x2e);

/** A name in a directory and the inode it stands for. */
interface Dirent {
  readonly name: Uint8Array;
  readonly inode: number;
}

/** What the blocks of a directory are made from. */
export interface DirectoryTree {
  readonly tree: TreeTable;
  readonly children: ChildrenIndex;
}

/** Returns the size in bytes of the content of `directory`. */
export function directorySize(source: DirectoryTree, directory: number): number {
  let fullBlocks = 0;
  let used = 0;
  for (const { name } of dirents(source, directory)) {
    const bytes = DIRENT_BYTES + name.length;
    if (used + bytes > BLOCK_BYTES) {
      fullBlocks += 1;
      used = 0;
    }
    used += bytes;
  }
  return fullBlocks * BLOCK_BYTES + used;
}

/** Yields the content of `directory` block by block; all but the last have the full size. */
export function* directoryBlocks(
  source: DirectoryTree,
  directory: number,
  nids: Uint32Array,
): Iterable<Uint8Array> {
  let block: Dirent[] = [];
  let used = 0;
  for (const dirent of dirents(source, directory)) {
    const bytes = DIRENT_BYTES + dirent.name.length;
    if (used + bytes > BLOCK_BYTES) {
      yield encodeBlock(source.tree, block, { nids, sizeBytes: BLOCK_BYTES });
      block = [];
      used = 0;
    }
    block.push(dirent);
    used += bytes;
  }
  yield encodeBlock(source.tree, block, { nids, sizeBytes: used });
}

function encodeBlock(
  tree: TreeTable,
  dirents: readonly Dirent[],
  { nids, sizeBytes }: { nids: Uint32Array; sizeBytes: number },
): Uint8Array {
  const block = new Uint8Array(sizeBytes);
  const view = new DataView(block.buffer);
  let nameAt = dirents.length * DIRENT_BYTES;
  for (const [index, { name, inode }] of dirents.entries()) {
    const at = index * DIRENT_BYTES;
    view.setUint32(at, nids[inode] ?? 0, true);
    view.setUint16(at + 8, nameAt, true);
    view.setUint8(at + 10, DIRENT_TYPES[tree.modes.at(inode) >> 12] ?? 0);
    block.set(name, nameAt);
    nameAt += name.length;
  }
  return block;
}

/** Yields the entries of a directory with `.` and `..`, which a name such as `+x` comes before. */
function* dirents({ tree, children }: DirectoryTree, directory: number): Iterable<Dirent> {
  const special: Dirent[] = [
    { name: DOT, inode: directory },
    { name: DOT_DOT, inode: tree.parentOf(directory) },
  ];
  for (const row of childrenOf(children, directory)) {
    const name = tree.nameOf(row);
    while (special[0] && Buffer.compare(special[0].name, name) < 0) {
      yield special[0];
      special.shift();
    }
    yield { name, inode: tree.nameInodes.at(row) };
  }
  yield* special;
}
