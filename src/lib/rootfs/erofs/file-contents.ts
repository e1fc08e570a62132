import { CID } from 'multiformats/cid';
import { concatBytes } from '../../base/async.js';
import type { ByteSource } from '../../base/bytes.js';
import type { BytesReader } from '../../store/ipld-store.js';
import { LAYOUT } from './erofs-format.js';
import type { ImagePlan } from './plan-image.js';

/** Content up to this many `bytes` is read before its turn. */
const SMALL_BYTES = 128 * 1024;
/** How many files are read before their turn. */
const WINDOW = 16;

type Plan = Pick<ImagePlan, 'tree' | 'layouts' | 'placement'>;
type Content = Pick<BytesReader, 'getBytes'>;

/** Returns whether the writer reads what the inode holds: content, or a part of it, is in the image. */
export function isRead({ tree, layouts, placement }: Plan, inode: number): boolean {
  if (!tree.isFile(inode) || tree.sizes.at(inode) === 0) return false;
  return placement.dataInImage || layouts[inode] === LAYOUT.flatInline;
}

/**
 * Yields the content of every file for which {@link isRead} holds, in order. Small content is read
 * ahead, several files at a time, so that the latency of a store is paid once for many files; large
 * content is opened at its turn.
 */
export async function* readContents(plan: Plan, content: Content): AsyncGenerator<ByteSource> {
  const queue: Promise<ByteSource>[] = [];
  for (let inode = 0; inode < plan.tree.inodeCount; inode++) {
    if (!isRead(plan, inode)) continue;
    queue.push(start(plan, inode, content));
    const next = queue.length > WINDOW ? queue.shift() : undefined;
    if (next) yield await next;
  }
  for (const next of queue) yield await next;
}

function start({ tree }: Plan, inode: number, content: Content): Promise<ByteSource> {
  const cid = CID.decode(tree.payloadOf(inode));
  const sizeBytes = tree.sizes.at(inode);
  if (sizeBytes > SMALL_BYTES) return Promise.resolve(content.getBytes(cid));
  const reading = readSmall(content.getBytes(cid), sizeBytes);
  // A failure is thrown at the file's turn, unless the reader has left by then.
  reading.catch(() => undefined);
  return reading;
}

async function readSmall(
  source: AsyncIterable<Uint8Array>,
  expectedBytes: number,
): Promise<ByteSource> {
  const pieces: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const piece of source) {
    pieces.push(piece);
    sizeBytes += piece.length;
    // More than the entry says is an error that the writer reports; it need not be read to its end.
    if (sizeBytes > expectedBytes) break;
  }
  return [concatBytes(pieces, sizeBytes)];
}
