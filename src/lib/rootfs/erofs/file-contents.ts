import { concatBytes, mapConcurrent } from '../../base/async.js';
import { cidFromBytes } from '../../store/block/cid-from-bytes.js';
import { RAW_CODEC } from '../../store/block/block-id.js';
import type { BulkReader, BytesReader } from '../../store/ipld-store.js';
import { LAYOUT } from './erofs-format.js';
import type { ImagePlan } from './plan-image.js';

/** Content up to this many `bytes` is read before its turn. */
const SMALL_BYTES = 128 * 1024;
/** How much is read before its turn, in `bytes`; as much again waits to be written. */
const PART_BYTES = 2 * 1024 * 1024;
/** How many contents are read before their turn. */
const MAX_PART_FILES = 4_096;
/** How many contents are read at a time where it has to be one by one. */
const READS_AT_ONCE = 16;

type Plan = Pick<ImagePlan, 'tree' | 'layouts' | 'placement'>;

/** Where the content of files comes from; in bulk, where it can. */
export type ContentSource = Pick<BytesReader, 'getBytes'> & Partial<BulkReader>;

/** Consecutive inodes with the small content that belongs to them. */
export interface ContentPart {
  readonly firstInode: number;
  /** the inode behind the last one */
  readonly endInode: number;
  /** content that was read before its turn, by inode */
  readonly contents: ReadonlyMap<number, Uint8Array>;
}

/** Returns whether the writer reads what the inode holds: content, or a part of it, is in the image. */
export function isRead({ tree, layouts, placement }: Plan, inode: number): boolean {
  if (!tree.isFile(inode) || tree.sizes.at(inode) === 0) return false;
  return placement.dataInImage || layouts[inode] === LAYOUT.flatInline;
}

/**
 * Yields all inodes in order, with the content of those files that are small and for which
 * {@link isRead} holds. While one part is written, the next one is read.
 */
export async function* readContents(
  plan: Plan,
  source: ContentSource,
): AsyncGenerator<ContentPart> {
  let reading: Promise<ContentPart> | undefined;
  try {
    for (const part of partsOf(plan)) {
      const before = reading;
      reading = readPart(plan, source, part);
      // A failure is thrown at its turn, unless the reader has left by then.
      reading.catch(() => undefined);
      if (before) yield await before;
    }
    if (reading) yield await reading;
  } finally {
    await Promise.allSettled([reading]);
  }
}

interface PlannedPart extends Omit<ContentPart, 'contents'> {
  readonly small: readonly number[];
}

function* partsOf(plan: Plan): Iterable<PlannedPart> {
  const { inodeCount, sizes } = plan.tree;
  let firstInode = 0;
  let small: number[] = [];
  let sizeBytes = 0;
  for (let inode = 0; inode < inodeCount; inode++) {
    if (!isRead(plan, inode) || sizes.at(inode) > SMALL_BYTES) continue;
    if (sizeBytes + sizes.at(inode) > PART_BYTES || small.length === MAX_PART_FILES) {
      yield { firstInode, endInode: inode, small };
      firstInode = inode;
      small = [];
      sizeBytes = 0;
    }
    small.push(inode);
    sizeBytes += sizes.at(inode);
  }
  yield { firstInode, endInode: inodeCount, small };
}

async function readPart(
  { tree }: Plan,
  source: ContentSource,
  { small, ...inodes }: PlannedPart,
): Promise<ContentPart> {
  const files = small.map((inode) => {
    return { inode, sizeBytes: tree.sizes.at(inode), cid: cidFromBytes(tree.payloadOf(inode)) };
  });
  const blocks = files.filter(({ cid }) => source.readBlocks && cid.code === RAW_CODEC);
  const others = files.filter(({ cid }) => !source.readBlocks || cid.code !== RAW_CODEC);
  const contents = new Map<number, Uint8Array>();
  const cids = blocks.map(({ cid }) => cid);
  await source.readBlocks?.(cids, (bytes, position) => {
    contents.set(blocks[position]?.inode ?? 0, Uint8Array.from(bytes));
  });
  await mapConcurrent(others, { concurrency: READS_AT_ONCE }, async ({ inode, cid, sizeBytes }) => {
    contents.set(inode, await readSmall(source.getBytes(cid), sizeBytes));
  });
  return { ...inodes, contents };
}

async function readSmall(
  source: AsyncIterable<Uint8Array>,
  expectedBytes: number,
): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const piece of source) {
    pieces.push(piece);
    sizeBytes += piece.length;
    // More than the entry says is an error that the writer reports; it need not be read to its end.
    if (sizeBytes > expectedBytes) break;
  }
  return concatBytes(pieces, sizeBytes);
}
