import type { FileHandle } from 'node:fs/promises';
import { throwIfAborted } from '../../base/async.js';
import type { ByteSource } from '../../base/bytes.js';
import { invariant } from '../../errors.js';
import type { BytesReader } from '../../store/ipld-store.js';
import { isRead, readContents } from './file-contents.js';
import { directoryBlocks } from './directory-blocks.js';
import { BLOCK_BYTES, FILE_TYPE } from './erofs-format.js';
import { writeFlat, type FlatContent } from './flat-content.js';
import { InodeWriter } from './inode-writer.js';
import { PagedWriter } from './paged-writer.js';
import type { ImagePlan } from './plan-image.js';
import { encodeSuperblock } from './superblock.js';

/** What an image is made from, once its plan stands. */
export interface ImageSource {
  readonly content: Pick<BytesReader, 'getBytes'>;
  /** identity of the filesystem, `UUID_BYTES` long */
  readonly uuid: Uint8Array;
  readonly signal?: AbortSignal | undefined;
  /** called with the number of bytes that have just reached the file */
  readonly onWritten?: ((bytes: number) => void) | undefined;
}

/** The parts of the image that are written side by side, each from its start to its end. */
interface Areas {
  readonly inodes: PagedWriter;
  readonly blocks: PagedWriter;
  readonly data: PagedWriter;
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

function openAreas(plan: ImagePlan, handle: FileHandle, { onWritten }: ImageSource): Areas {
  function area(firstBlock: number): PagedWriter {
    return new PagedWriter(handle, { areaStart: firstBlock * BLOCK_BYTES, onWritten });
  }
  return { inodes: area(0), blocks: area(plan.blockArea), data: area(plan.dataArea) };
}

async function emitInodes(plan: ImagePlan, areas: Areas, source: ImageSource): Promise<void> {
  const inodes = new InodeWriter(plan, areas.inodes);
  const contents = readContents(plan, source.content);
  try {
    for (let inode = 0; inode < plan.tree.inodeCount; inode++) {
      throwIfAborted(source.signal);
      const tailStart = await inodes.write(inode);
      const content = isRead(plan, inode) ? await nextContent(contents) : madeContent(plan, inode);
      if (content) {
        const { signal } = source;
        await writeContent(plan, areas, { inode, content, tailStart, signal });
      }
    }
  } finally {
    await contents.return(undefined);
  }
}

async function nextContent(contents: AsyncIterator<ByteSource>): Promise<ByteSource> {
  const next = await contents.next();
  invariant(next.done !== true, 'each file that is read has its content');
  return next.value;
}

/** Content that the tree itself tells; none for devices, pipes, sockets and files read elsewhere. */
function madeContent(plan: ImagePlan, inode: number): ByteSource | undefined {
  const type = plan.tree.typeOf(inode);
  if (type === FILE_TYPE.directory) return directoryBlocks(plan, inode, plan.nids);
  return type === FILE_TYPE.symlink ? [plan.tree.payloadOf(inode)] : undefined;
}

async function writeContent(
  plan: ImagePlan,
  areas: Areas,
  inodeContent: Pick<FlatContent, 'content' | 'tailStart' | 'signal'> & { readonly inode: number },
): Promise<void> {
  const { inode } = inodeContent;
  const isData = plan.tree.isFile(inode);
  const area = isData ? plan.dataArea : plan.blockArea;
  await writeFlat(plan, inode, {
    ...inodeContent,
    body: isData ? areas.data : areas.blocks,
    bodyStart: ((plan.firstBlocks[inode] ?? 0) - area) * BLOCK_BYTES,
    tail: areas.inodes,
  });
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
