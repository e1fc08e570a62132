import { throwIfAborted } from '../../base/async.js';
import { textOfByteString, type ByteSource, type ByteString } from '../../base/bytes.js';
import { redact } from '../../base/redact.js';
import { MonoError } from '../../errors.js';
import { BLOCK_BYTES } from './erofs-format.js';
import type { PagedWriter } from './paged-writer.js';
import { flatBlocks } from './place-dense.js';
import type { ImagePlan } from './plan-image.js';

/** Flat content and the two places it goes to. */
export interface FlatContent {
  readonly content: ByteSource;
  /** takes the blocks */
  readonly body: PagedWriter;
  readonly bodyStart: number;
  /** takes the rest that stands behind the inode */
  readonly tail: PagedWriter;
  readonly tailStart: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Copies the content of a flat inode to its blocks and behind the inode.
 *
 * @throws {MonoError} `STORE_NODE_INVALID` when its length is not the inode's size, `CANCELLED`
 */
export async function writeFlat(
  { tree, layouts }: Pick<ImagePlan, 'tree' | 'layouts'>,
  inode: number,
  { content, body, bodyStart, tail, tailStart, signal }: FlatContent,
): Promise<void> {
  const sizeBytes = tree.sizes.at(inode);
  const bodyBytes = Math.min(sizeBytes, flatBlocks(sizeBytes, layouts[inode] ?? 0) * BLOCK_BYTES);
  let at = 0;
  for await (const piece of content) {
    throwIfAborted(signal);
    const end = at + piece.length;
    if (end > sizeBytes) throw wrongSize('more', tree.pathOf(inode), sizeBytes);
    const split = Math.min(Math.max(bodyBytes - at, 0), piece.length);
    if (split > 0) await body.write(bodyStart + at, piece.subarray(0, split));
    if (split < piece.length) {
      await tail.write(tailStart + at + split - bodyBytes, piece.subarray(split));
    }
    at = end;
  }
  if (at < sizeBytes) throw wrongSize('less', tree.pathOf(inode), sizeBytes);
}

function wrongSize(than: 'more' | 'less', path: ByteString, sizeBytes: number): MonoError {
  const shown = redact(textOfByteString(path));
  return new MonoError(
    'STORE_NODE_INVALID',
    `Cannot write \`/${shown}\` into an image: its content is ${than} than the ${sizeBytes} bytes of its entry`,
    { details: { path: shown, sizeBytes } },
  );
}
