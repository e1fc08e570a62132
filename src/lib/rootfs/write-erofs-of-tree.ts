import type { CID } from 'multiformats/cid';
import { prefetchNodes } from '../fs/tree/prefetch-nodes.js';
import { walkTree } from '../fs/tree/walk-tree.js';
import type { BulkReader, BytesReader, NodeReader } from '../store/ipld-store.js';
import { rootfsUuid } from './rootfs-uuid.js';
import { writeErofs, type WriteErofsRequest, type WrittenImage } from './write-erofs.js';

/** A tree of a store and where its image goes. */
export interface WriteErofsOfTreeRequest extends Pick<
  WriteErofsRequest,
  'path' | 'signal' | 'onProgress'
> {
  readonly store: NodeReader & BulkReader & Pick<BytesReader, 'getBytes'>;
  /** root node of a complete tree */
  readonly root: CID;
}

/**
 * Writes the tree `root` as a self-contained EROFS image. The bytes depend on `root` alone.
 *
 * @throws {MonoError} as `writeErofs` and `walkTree`
 */
export async function writeErofsOfTree(request: WriteErofsOfTreeRequest): Promise<WrittenImage> {
  const { store, root, path, signal, onProgress } = request;
  const nodes = await prefetchNodes(store, root);
  return writeErofs({
    entries: walkTree(nodes, root),
    content: store,
    path,
    uuid: rootfsUuid(root),
    signal,
    onProgress,
  });
}
