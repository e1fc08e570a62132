import { createAtomicFile } from '../io/atomic-file.js';
import { ioError } from '../io/io-error.js';
import type { WalkedEntry } from '../fs/tree/walked-entry.js';
import { collectTree } from './erofs/collect-tree.js';
import { emitImage } from './erofs/emit-image.js';
import type { ContentSource } from './erofs/file-contents.js';
import { BLOCK_BYTES } from './erofs/erofs-format.js';
import { placeDense } from './erofs/place-dense.js';
import { planImage } from './erofs/plan-image.js';
import { UUID_BYTES } from './erofs/superblock.js';

/** How far the writing of an image has come. */
export type RootfsProgress =
  | { readonly kind: 'planned'; readonly inodes: number; readonly totalBytes: number }
  | { readonly kind: 'written'; readonly writtenBytes: number; readonly totalBytes: number };

/** A tree and where its image goes. */
export interface WriteErofsRequest {
  /** pre-order, the names of a directory in byte order; consumed once, fully */
  readonly entries: AsyncIterable<WalkedEntry>;
  readonly content: ContentSource;
  /** file that the image replaces or becomes */
  readonly path: string;
  /** identity of the filesystem, 16 bytes; zero when absent */
  readonly uuid?: Uint8Array | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((event: RootfsProgress) => void) | undefined;
}

/** An image that was written. */
export interface WrittenImage {
  readonly sizeBytes: number;
  /** extended attributes of namespaces that no Linux filesystem has; they are not in the image */
  readonly omittedXattrs: number;
}

/**
 * Writes a tree as a self-contained EROFS image. The bytes depend on the entries, their content and
 * the uuid alone. At any moment, and after any crash, `path` is either what it was or the whole
 * image.
 *
 * @throws {MonoError} `ROOTFS_LIMIT`, `STORE_NODE_INVALID`, `CANCELLED`, `IO_FAILED`, `DISK_FULL`,
 *   and what `entries` and `content` throw
 * @see docs/formats/erofs-image.md
 */
export async function writeErofs(request: WriteErofsRequest): Promise<WrittenImage> {
  const { content, path, signal, onProgress } = request;
  const tree = await collectTree(request.entries, { signal });
  const plan = planImage(tree, placeDense(tree));
  const totalBytes = plan.totalBlocks * BLOCK_BYTES;
  onProgress?.({ kind: 'planned', inodes: tree.inodeCount, totalBytes });
  let writtenBytes = 0;
  function onWritten(bytes: number): void {
    writtenBytes += bytes;
    onProgress?.({ kind: 'written', writtenBytes, totalBytes });
  }
  const file = await createAtomicFile(path);
  try {
    const uuid = request.uuid ?? new Uint8Array(UUID_BYTES);
    await emitImage(plan, file.handle, { content, uuid, signal, onWritten });
    await file.commit();
  } catch (error) {
    throw ioError(error, 'write the image', path);
  } finally {
    await file.abort();
  }
  return { sizeBytes: totalBytes, omittedXattrs: tree.omittedXattrs };
}
