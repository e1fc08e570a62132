import { throwIfAborted } from '../../base/async.js';
import { cidFromBytes } from '../../store/block/cid-from-bytes.js';
import type { BlockLocator, NodeReader, StoredBytes } from '../../store/ipld-store.js';
import { Column } from '../erofs/column.js';
import type { ChunkMap, DataPlacement } from '../erofs/data-placement.js';
import { BLOCK_BYTES, LAYOUT } from '../erofs/erofs-format.js';
import { flatLayout } from '../erofs/place-dense.js';
import type { TreeTable } from '../erofs/tree-table.js';
import { chunkMapOf, type DiskPiece } from './chunk-map.js';
import { layOutDisk, type DiskLayout } from './disk-layout.js';
import { listChunks } from './file-chunks.js';
import { SourceTable } from './source-table.js';

/** Chunks that are looked up in the store at once: a few MiB of memory. */
const CHUNKS_AT_ONCE = 8_192;

/** What a mapped placement is made from. */
export interface MappedPlacementOptions {
  readonly nodes: NodeReader;
  readonly locator: BlockLocator;
  readonly maxPackExtents: number;
  readonly signal?: AbortSignal | undefined;
}

/** Where the content of files is, and what has to be copied. */
export interface MappedPlacement {
  readonly placement: DataPlacement;
  readonly disk: DiskLayout;
  readonly sources: SourceTable;
}

/** The sources of each file: those of inode i are the `counts[i]` rows from `rows[starts[i]]` on. */
interface FileSources {
  readonly sources: SourceTable;
  readonly rows: Column;
  readonly starts: Uint32Array;
  readonly counts: Uint32Array;
}

/**
 * Places the content of files outside of the image: small files inline, the others where the store
 * has their chunks, and what cannot be mapped there in a side file.
 *
 * @throws {MonoError} as `getNode`; `STORE_NODE_INVALID`, `CANCELLED`
 */
export async function placeMapped(
  tree: TreeTable,
  options: MappedPlacementOptions,
): Promise<MappedPlacement> {
  const files = await findSources(tree, options);
  const { sources } = files;
  const disk = layOutDisk(sources, options.maxPackExtents);
  const layouts = new Uint8Array(tree.inodeCount);
  const firstBlocks = new Uint32Array(tree.inodeCount);
  const chunkMaps = new Map<number, ChunkMap>();
  for (let inode = 0; inode < tree.inodeCount; inode++) {
    const pieces = piecesOf(files, disk, inode);
    const [first, second] = pieces;
    if (isInline(tree, inode)) layouts[inode] = LAYOUT.flatInline;
    if (first) firstBlocks[inode] = first.firstBlock;
    if (second) {
      layouts[inode] = LAYOUT.chunkBased;
      chunkMaps.set(inode, chunkMapOf(pieces));
    }
  }
  const { dataBlocks } = disk;
  const placement = { layouts, firstBlocks, chunkMaps, dataBlocks, dataInImage: false };
  return { placement, disk, sources };
}

function isInline(tree: TreeTable, inode: number): boolean {
  if (!tree.isFile(inode) || tree.sizes.at(inode) >= BLOCK_BYTES) return false;
  return flatLayout(tree.sizes.at(inode), tree.xattrsOf(inode).length) === LAYOUT.flatInline;
}

async function findSources(tree: TreeTable, options: MappedPlacementOptions): Promise<FileSources> {
  const sources = new SourceTable();
  const rows = new Column(Uint32Array);
  const starts = new Uint32Array(tree.inodeCount);
  const counts = new Uint32Array(tree.inodeCount);
  for await (const files of contentsOf(tree, options)) {
    const chunks = files.flatMap((file) => file.chunks);
    const locations = options.locator.locate(chunks.map(({ cid }) => cid)).values();
    for (const { inode, content, chunks } of files) {
      starts[inode] = rows.length;
      const places = chunks.map((chunk) => ({ chunk, location: locations.next().value }));
      if (!chunks.slice(0, -1).every(fillsBlocks)) rows.push(sources.addCopied(content));
      else for (const { chunk, location } of places) rows.push(sources.addChunk(chunk, location));
      counts[inode] = rows.length - (starts[inode] ?? 0);
    }
  }
  return { sources, rows, starts, counts };
}

/** Content of a file that does not stand behind its inode. */
interface FileContent {
  readonly inode: number;
  readonly content: StoredBytes;
  readonly chunks: readonly StoredBytes[];
}

/** Yields the contents of files in the order of the inodes, so many at a time that they are found at once. */
async function* contentsOf(
  tree: TreeTable,
  { nodes, signal }: MappedPlacementOptions,
): AsyncGenerator<readonly FileContent[]> {
  let files: FileContent[] = [];
  let count = 0;
  for (let inode = 0; inode < tree.inodeCount; inode++) {
    const sizeBytes = tree.sizes.at(inode);
    if (!tree.isFile(inode) || sizeBytes === 0 || isInline(tree, inode)) continue;
    throwIfAborted(signal);
    const content = { cid: cidFromBytes(tree.payloadOf(inode)), sizeBytes };
    const chunks = await listChunks(nodes, content.cid, sizeBytes);
    files.push({ inode, content, chunks });
    count += chunks.length;
    if (count < CHUNKS_AT_ONCE) continue;
    yield files;
    files = [];
    count = 0;
  }
  yield files;
}

function fillsBlocks(chunk: StoredBytes): boolean {
  return chunk.sizeBytes % BLOCK_BYTES === 0;
}

/** Returns what a file's content consists of on the disk; neighbours are one piece. */
function piecesOf(
  { sources, rows, starts, counts }: FileSources,
  disk: DiskLayout,
  inode: number,
): DiskPiece[] {
  const pieces: { firstBlock: number; blocks: number }[] = [];
  const start = starts[inode] ?? 0;
  for (let at = start; at < start + (counts[inode] ?? 0); at++) {
    const row = rows.at(at);
    const firstBlock = disk.firstBlocks[row] ?? 0;
    const last = pieces.at(-1);
    if (last && last.firstBlock + last.blocks === firstBlock) last.blocks += sources.blocksOf(row);
    else pieces.push({ firstBlock, blocks: sources.blocksOf(row) });
  }
  return pieces;
}
