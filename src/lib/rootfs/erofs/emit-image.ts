import type { FileHandle } from 'node:fs/promises';
import { throwIfAborted } from '../../base/async.js';
import { cidFromBytes } from '../../store/block/cid-from-bytes.js';
import { directoryBlocks } from './directory-blocks.js';
import { BLOCK_BYTES, FILE_TYPE } from './erofs-format.js';
import { isRead, readContents, type ContentSource } from './file-contents.js';
import { FlatWriter, type ImageAreas } from './flat-writer.js';
import { InodeWriter } from './inode-writer.js';
import { PagedWriter } from './paged-writer.js';
import type { ImagePlan } from './plan-image.js';
import { encodeSuperblock } from './superblock.js';

/** What an image is made from, once its plan stands. */
export interface ImageSource {
  readonly content: ContentSource;
  /** identity of the filesystem, `UUID_BYTES` long */
  readonly uuid: Uint8Array;
  readonly signal?: AbortSignal | undefined;
  /** called with the number of bytes that have just reached the file */
  readonly onWritten?: ((bytes: number) => void) | undefined;
}

/**
 * Writes the image of `plan` to `handle`, an empty file: inodes, directories and content, each area
 * in one sequential stream of large writes, the superblock last. The file gets its full size.
 *
 * @throws {MonoError} what `getBytes` throws, `STORE_NODE_INVALID` when content has another size
 *   than its entry says, `CANCELLED`
 */
export async function emitImage(
  plan: ImagePlan,
  handle: FileHandle,
  source: ImageSource,
): Promise<void> {
  const areas = openAreas(plan, handle, source);
  try {
    await emitInodes(plan, areas, source);
    for (const area of [areas.inodes, areas.blocks, areas.data]) await area.finish();
  } finally {
    for (const area of [areas.inodes, areas.blocks, areas.data]) await area.abandon();
  }
  const imageBlocks = plan.placement.dataInImage ? plan.totalBlocks : plan.dataArea;
  await handle.truncate(imageBlocks * BLOCK_BYTES);
  await handle.write(superblockOf(plan, source.uuid), 0, BLOCK_BYTES, 0);
}

function openAreas(plan: ImagePlan, handle: FileHandle, { onWritten }: ImageSource): ImageAreas {
  function area(firstBlock: number): PagedWriter {
    return new PagedWriter(handle, { areaStart: firstBlock * BLOCK_BYTES, onWritten });
  }
  return { inodes: area(0), blocks: area(plan.blockArea), data: area(plan.dataArea) };
}

async function emitInodes(plan: ImagePlan, areas: ImageAreas, source: ImageSource): Promise<void> {
  const inodes = new InodeWriter(plan, areas.inodes);
  const flat = new FlatWriter(plan, areas);
  for await (const { firstInode, endInode, contents } of readContents(plan, source.content)) {
    for (let inode = firstInode; inode < endInode; inode++) {
      const tailStart = inodes.write(inode);
      const known = contents.get(inode);
      const content = known ? [known] : madeContent(plan, inode);
      flat.begin(inode, tailStart);
      if (content) writePieces(flat, content);
      else if (isRead(plan, inode)) await copyContent(plan, flat, { inode, areas, source });
      const room = areas.inodes.room() ?? areas.blocks.room() ?? areas.data.room();
      if (room) await room;
    }
    throwIfAborted(source.signal);
  }
}

/** Content that the tree itself tells; none for files, devices, pipes and sockets. */
function madeContent(plan: ImagePlan, inode: number): Iterable<Uint8Array> | undefined {
  const type = plan.tree.typeOf(inode);
  if (type === FILE_TYPE.directory) return directoryBlocks(plan, inode, plan.nids);
  return type === FILE_TYPE.symlink ? [plan.tree.payloadOf(inode)] : undefined;
}

function writePieces(flat: FlatWriter, content: Iterable<Uint8Array>): void {
  for (const piece of content) flat.write(piece);
  flat.end();
}

/** Copies content that is too long to have been read before its turn. */
async function copyContent(
  { tree }: ImagePlan,
  flat: FlatWriter,
  { inode, areas, source }: { inode: number; areas: ImageAreas; source: ImageSource },
): Promise<void> {
  for await (const piece of source.content.getBytes(cidFromBytes(tree.payloadOf(inode)))) {
    throwIfAborted(source.signal);
    flat.write(piece);
    await areas.data.room();
  }
  flat.end();
}

function superblockOf(plan: ImagePlan, uuid: Uint8Array): Uint8Array {
  return encodeSuperblock({
    rootNid: plan.nids[0] ?? 0,
    inodes: plan.tree.inodeCount,
    blocks: plan.totalBlocks,
    uuid,
    chunked: plan.placement.chunkMaps.size > 0,
  });
}
