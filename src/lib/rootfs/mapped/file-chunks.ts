import type { CID } from 'multiformats/cid';
import { MonoError } from '../../errors.js';
import type { NodeReader, StoredBytes } from '../../store/ipld-store.js';
import { parseLayoutNode } from '../../store/layouts/layout-node.js';

/** Codec of a block that is content itself. */
const RAW_CODEC = 0x55;

/**
 * Returns the raw blocks whose concatenation is the byte sequence `root` of `sizeBytes`, in order.
 * Reads layout nodes only, no content.
 *
 * @throws {MonoError} as `getNode`; `STORE_NODE_INVALID` when a node is no layout node, or the blocks
 *   are not as long as their node or the caller says
 */
export async function listChunks(
  store: NodeReader,
  root: CID,
  sizeBytes: number,
): Promise<StoredBytes[]> {
  const chunks: StoredBytes[] = [];
  const pending: StoredBytes[] = [{ cid: root, sizeBytes }];
  for (let part = pending.pop(); part; part = pending.pop()) {
    if (part.cid.code === RAW_CODEC) {
      chunks.push(part);
      continue;
    }
    const node = parseLayoutNode(await store.getNode(part.cid));
    if (node?.sizeBytes !== part.sizeBytes) throw invalid(part);
    pending.push(...node.parts.toReversed());
  }
  return chunks;
}

function invalid({ cid, sizeBytes }: StoredBytes): MonoError {
  const text = cid.toString();
  return new MonoError(
    'STORE_NODE_INVALID',
    `Cannot read \`${text}\`: it is not the node of a byte sequence of ${sizeBytes} bytes`,
    { details: { cid: text, sizeBytes } },
  );
}
