import type { CID } from 'multiformats/cid';
import { NODE_CODEC, RAW_CODEC } from './block/block-id.js';
import type { BlockReader, ByteRange, StoredBytes } from './ipld-store.js';
import { parseLayoutNode, type LayoutNode } from './layouts/layout-node.js';
import { decodeNode } from './block/links-of.js';
import { codecMismatch, nodeInvalid } from './store-errors.js';

/**
 * Yields the bytes of a sequence within `range`. Reads only the nodes on the way and the blocks that
 * hold wanted bytes: O(log n) to the first byte.
 *
 * @throws {MonoError} `STORE_BLOCK_MISSING`, `STORE_BLOCK_CORRUPT`, `STORE_NODE_INVALID` when a node
 *   is no layout node or a part is not as long as its node says, `STORE_CODEC_MISMATCH`
 */
export async function* readBytes(
  blocks: Pick<BlockReader, 'getBlock'>,
  root: CID,
  range: ByteRange,
): AsyncGenerator<Uint8Array> {
  let skip = range.offsetBytes ?? 0;
  let wanted = range.lengthBytes ?? Infinity;
  const pending: ExpectedPart[] = [{ cid: root, sizeBytes: undefined }];
  for (let part = pending.pop(); part && wanted > 0; part = pending.pop()) {
    if (part.sizeBytes !== undefined && part.sizeBytes <= skip) {
      skip -= part.sizeBytes;
      continue;
    }
    const block = await blocks.getBlock(part.cid);
    if (part.cid.code === RAW_CODEC) {
      checkSize(part, block.length);
      const bytes = block.subarray(skip, skip + wanted);
      skip = Math.max(skip - block.length, 0);
      wanted -= bytes.length;
      if (bytes.length > 0) yield bytes;
    } else {
      const node = layoutNodeIn(part.cid, block);
      checkSize(part, node.sizeBytes);
      pending.push(...node.parts.toReversed());
    }
  }
}

/** A part whose size its parent states; the root has none to state it. */
interface ExpectedPart {
  readonly cid: StoredBytes['cid'];
  readonly sizeBytes: number | undefined;
}

function layoutNodeIn(cid: CID, block: Uint8Array): LayoutNode {
  if (cid.code !== NODE_CODEC) throw codecMismatch(cid, 'bytes');
  const node = parseLayoutNode(decodeNode(cid, block));
  if (node) return node;
  throw nodeInvalid(cid, 'not a layout node');
}

function checkSize(part: ExpectedPart, sizeBytes: number): void {
  const stated = part.sizeBytes;
  if (stated === undefined || stated === sizeBytes) return;
  throw nodeInvalid(part.cid, `${sizeBytes} bytes long where its parent says ${stated}`);
}
