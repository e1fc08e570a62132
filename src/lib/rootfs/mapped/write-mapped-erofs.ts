import type { CID } from 'multiformats/cid';
import { throwIfAborted } from '../../base/async.js';
import { prefetchNodes } from '../../fs/tree/prefetch-nodes.js';
import { walkTree } from '../../fs/tree/walk-tree.js';
import { createAtomicFile, type AtomicFile } from '../../io/atomic-file.js';
import { ioError } from '../../io/io-error.js';
import { MonoError } from '../../errors.js';
import type {
  BlockLocator,
  BulkReader,
  BytesReader,
  NodeReader,
  StoredBytes,
} from '../../store/ipld-store.js';
import { collectTree } from '../erofs/collect-tree.js';
import { emitImage } from '../erofs/emit-image.js';
import { BLOCK_BYTES } from '../erofs/erofs-format.js';
import { PagedWriter } from '../erofs/paged-writer.js';
import { planImage } from '../erofs/plan-image.js';
import { rootfsUuid } from '../rootfs-uuid.js';
import type { DiskExtent, MappedImage } from './mapped-image.js';
import { placeMapped, type MappedPlacement } from './place-mapped.js';

/**
 * Extents of a disk at most. QEMU opens a file for each: 500 cost nothing, 5000 cost 25 s at start.
 */
export const MAX_EXTENTS = 256;
/** The metadata file and the side file. */
const OWN_EXTENTS = 2;

/** A tree of a store and where its image goes. */
export interface WriteMappedErofsRequest {
  readonly store: NodeReader & BulkReader & Pick<BytesReader, 'getBytes'> & BlockLocator;
  /** root node of a complete tree */
  readonly root: CID;
  /** absolute path of the file for the metadata */
  readonly path: string;
  /** absolute path of the file for content that cannot be mapped; written where there is some */
  readonly sidePath: string;
  /** between 2 and {@link MAX_EXTENTS}, which is the default */
  readonly maxExtents?: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Writes what is needed to boot the tree `root` from the store's own files: metadata and small files
 * to `path`, scattered content to `sidePath`. Costs little more than reading the tree. Each file is
 * whole or absent at any moment; the metadata comes last, and refers to the side file.
 *
 * @throws {MonoError} as `writeErofsOfTree`
 * @see docs/formats/erofs-image.md#mapped-images
 */
export async function writeMappedErofs(request: WriteMappedErofsRequest): Promise<MappedImage> {
  const { store, root, path, sidePath, signal } = request;
  const nodes = await prefetchNodes(store, root);
  const tree = await collectTree(walkTree(nodes, root), { signal });
  const maxPackExtents = (request.maxExtents ?? MAX_EXTENTS) - OWN_EXTENTS;
  const mapped = await placeMapped(tree, { nodes, locator: store, maxPackExtents, signal });
  const plan = planImage(tree, mapped.placement);
  const sideBytes = mapped.disk.sideBlocks * BLOCK_BYTES;
  if (sideBytes > 0) {
    await writeAtomic(sidePath, (file) => writeSideFile(file, mapped, request));
  }
  await writeAtomic(path, ({ handle }) =>
    emitImage(plan, handle, { content: store, uuid: rootfsUuid(root), signal }),
  );
  const metadataBytes = plan.dataArea * BLOCK_BYTES;
  const side: DiskExtent = { path: sidePath, offsetBytes: 0, lengthBytes: sideBytes };
  return {
    extents: [
      { path, offsetBytes: 0, lengthBytes: metadataBytes },
      ...mapped.disk.packExtents,
      ...(sideBytes > 0 ? [side] : []),
    ],
    sizeBytes: plan.totalBlocks * BLOCK_BYTES,
    writtenBytes: metadataBytes + sideBytes,
    omittedXattrs: tree.omittedXattrs,
  };
}

async function writeAtomic(path: string, fill: (file: AtomicFile) => Promise<void>): Promise<void> {
  const file = await createAtomicFile(path);
  try {
    await fill(file);
    await file.commit();
  } catch (error) {
    throw ioError(error, 'write the image', path);
  } finally {
    await file.abort();
  }
}

async function writeSideFile(
  { handle }: AtomicFile,
  { disk, sources }: MappedPlacement,
  { store, signal }: WriteMappedErofsRequest,
): Promise<void> {
  const area = new PagedWriter(handle, { areaStart: 0 });
  try {
    let start = 0;
    for (const row of disk.copiedRows) {
      throwIfAborted(signal);
      const content = { cid: sources.cidOf(row), sizeBytes: sources.sizes.at(row) };
      let at = 0;
      for await (const piece of store.getBytes(content.cid)) {
        if (at + piece.length > content.sizeBytes) throw wrongSize(content);
        area.write(start + at, piece);
        await area.room();
        at += piece.length;
      }
      if (at < content.sizeBytes) throw wrongSize(content);
      start += sources.blocksOf(row) * BLOCK_BYTES;
    }
    await area.finish();
  } finally {
    await area.abandon();
  }
  await handle.truncate(disk.sideBlocks * BLOCK_BYTES);
}

function wrongSize({ cid, sizeBytes }: StoredBytes): MonoError {
  const text = cid.toString();
  return new MonoError(
    'STORE_NODE_INVALID',
    `Cannot copy \`${text}\`: it is not as long as the ${sizeBytes} bytes that the tree says`,
    { details: { cid: text, sizeBytes } },
  );
}
