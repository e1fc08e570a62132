import type { StoredBytes } from '../ipld-store.js';
import type { Layout } from './layout.js';
import { layoutNodeOf } from './layout-node.js';

/**
 * Returns the layout that joins all chunks in one node. Its limit is that node: about 22,000 chunks
 * fit below the largest block, beyond that `putNode` rejects with `STORE_BLOCK_TOO_LARGE`.
 */
export function flat(): Layout {
  return async (chunks, target) => {
    const parts: StoredBytes[] = [];
    for await (const chunk of chunks) parts.push(chunk);
    const only = parts[0] ?? { cid: await target.putRawBlock(new Uint8Array(0)), sizeBytes: 0 };
    if (parts.length <= 1) return only;
    const sizeBytes = parts.reduce((sum, part) => sum + part.sizeBytes, 0);
    return { cid: await target.putNode(layoutNodeOf(parts)), sizeBytes };
  };
}
