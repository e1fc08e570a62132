import type { ByteString } from '../../base/bytes.js';
import type { TreeEntry } from '../entry.js';

/** One step of `walkTree(store, root)`: pre-order, the names of a directory in byte order. */
export interface WalkedEntry {
  /** path without leading slash; the root is the empty string */
  readonly path: ByteString;
  /** last component of `path` */
  readonly name: ByteString;
  readonly entry: TreeEntry;
  /** number of the inode, from 0 (the root) up: names that are hard links to one file share it */
  readonly inode: number;
}
