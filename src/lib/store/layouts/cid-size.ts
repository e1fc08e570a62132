import type { CID } from 'multiformats/cid';
import { NODE_CODEC } from '../block/block-id.js';
import { decodeNode } from '../block/links-of.js';
import type { BlockReader } from '../ipld-store.js';
import { parseLayoutNode } from './layout-node.js';

/** What a layout asks for the size of a byte sequence. */
export interface SizeSource extends Pick<BlockReader, 'getBlock'> {
  /**
   * Returns the length of a raw block in bytes, without reading it.
   *
   * @throws {MonoError} `STORE_BLOCK_MISSING`
   */
  sizeOfRaw(cid: CID): Promise<number>;
}

/**
 * Returns the length in bytes of the byte sequence that a layout has joined under `cid`, from its
 * root alone; of a node that no layout has made, the length of its block.
 *
 * @throws {MonoError} `STORE_BLOCK_MISSING`, `STORE_BLOCK_CORRUPT`, `STORE_NODE_INVALID`
 */
export async function getCidSize(cid: CID, source: SizeSource): Promise<number> {
  if (cid.code !== NODE_CODEC) return source.sizeOfRaw(cid);
  const block = await source.getBlock(cid);
  return parseLayoutNode(decodeNode(cid, block))?.sizeBytes ?? block.length;
}
