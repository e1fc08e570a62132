import type { CID } from 'multiformats/cid';
import { cidOfKey, keyOfCid, NODE_CODEC, type BlockKey } from '../block/block-id.js';
import { linksOf } from '../block/links-of.js';

/** What marking needs of a backend. */
export interface MarkTarget {
  /** Marks the block and returns whether it was marked just now, was before, or does not exist. */
  mark(key: BlockKey): 'marked' | 'before' | 'absent';
  /**
   * @throws {MonoError} `STORE_BLOCK_MISSING`, `STORE_BLOCK_CORRUPT`
   */
  readNode(cid: CID): Promise<Uint8Array>;
}

/**
 * Marks every block that `roots` reach. Memory is the marks and one path of open nodes with their
 * links.
 *
 * A root that the target does not have is passed over (a lockfile may name an image that was never
 * installed here), and so is a missing raw block, which leads nowhere. A node that is missing below
 * a root, or damaged, is an error: what it led to would look like garbage, and a later repair needs
 * it.
 *
 * @throws {MonoError} `STORE_BLOCK_MISSING`, `STORE_BLOCK_CORRUPT`, `STORE_NODE_INVALID`
 */
export async function markReachable(
  roots: Iterable<CID> | AsyncIterable<CID>,
  target: MarkTarget,
): Promise<void> {
  for await (const root of roots) {
    if (mark(root, target) === 'marked') await markBelow(root, target);
  }
}

/** Yields the roots and then the CIDs of pinned blocks. */
export async function* rootsAndPins(
  roots: Iterable<CID> | AsyncIterable<CID>,
  pinned: Iterable<BlockKey>,
): AsyncGenerator<CID> {
  yield* roots;
  for (const key of pinned) yield cidOfKey(key);
}

async function markBelow(root: CID, target: MarkTarget): Promise<void> {
  const pending = root.code === NODE_CODEC ? [root] : [];
  for (let node = pending.pop(); node; node = pending.pop()) {
    for (const link of linksOf(node, await target.readNode(node))) {
      const outcome = mark(link, target);
      if (link.code !== NODE_CODEC) continue;
      if (outcome === 'marked') pending.push(link);
      else if (outcome === 'absent') await target.readNode(link);
    }
  }
}

function mark(cid: CID, target: MarkTarget): ReturnType<MarkTarget['mark']> {
  const key = keyOfCid(cid);
  return key === undefined ? 'absent' : target.mark(key);
}
