import type { CID } from 'multiformats/cid';
import { throwIfAborted } from '../../base/async.js';
import { isMonoError } from '../../errors.js';
import { linksOf } from '../../store/block/links-of.js';
import type { BlockReader } from '../../store/ipld-store.js';

/** What is wrong with a block. */
export type BlockFault = 'damaged' | 'missing';

/** A walk over all blocks below some roots. */
export interface BlockWalk {
  readonly store: Pick<BlockReader, 'getBlock'>;
  /** CIDs of blocks that were visited, as text; those that are good are added */
  readonly seen: Set<string>;
  /** CIDs of more blocks that need not be visited */
  readonly clean?: ReadonlySet<string>;
  readonly signal?: AbortSignal | undefined;
  /** whether content is left out, so that only nodes are read */
  readonly nodesOnly?: boolean;
  /** Is told of each good block. */
  onBlock?(cid: CID, bytes: Uint8Array): void | Promise<void>;
  /** Is told of each block that is not. */
  onFault?(cid: CID, fault: BlockFault): void;
}

const RAW_CODEC = 0x55;

/**
 * Reads every block below `roots` and checks it against its CID. Memory is the CIDs seen.
 *
 * @throws {MonoError} `CANCELLED`; faults of blocks are told, not thrown
 */
export async function walkBlocks(roots: Iterable<CID>, walk: BlockWalk): Promise<void> {
  const pending = [...roots].reverse();
  for (let cid = pending.pop(); cid; cid = pending.pop()) {
    throwIfAborted(walk.signal);
    const key = cid.toString();
    if (walk.seen.has(key) || walk.clean?.has(key)) continue;
    if (walk.nodesOnly && cid.code === RAW_CODEC) continue;
    const block = await read(cid, walk.store);
    if (typeof block === 'string') {
      walk.onFault?.(cid, block);
      continue;
    }
    walk.seen.add(key);
    await walk.onBlock?.(cid, block.bytes);
    for (const link of block.links.reverse()) pending.push(link);
  }
}

async function read(
  cid: CID,
  store: BlockWalk['store'],
): Promise<{ bytes: Uint8Array; links: CID[] } | BlockFault> {
  try {
    const bytes = await store.getBlock(cid);
    return { bytes, links: linksOf(cid, bytes) };
  } catch (error) {
    if (isMonoError(error, 'STORE_BLOCK_MISSING')) return 'missing';
    if (isMonoError(error, 'STORE_BLOCK_CORRUPT')) return 'damaged';
    if (isMonoError(error, 'STORE_NODE_INVALID')) return 'damaged';
    throw error;
  }
}
