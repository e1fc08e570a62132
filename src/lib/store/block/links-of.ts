import * as dagCbor from '@ipld/dag-cbor';
import { CID } from 'multiformats/cid';
import { keyOfCid, NODE_CODEC, type BlockKey } from './block-id.js';
import { decodePlainNode } from './decode-plain-node.js';
import { nodeInvalid } from '../store-errors.js';

/**
 * Returns the links of a block, each as often as it occurs, in the order of the encoding.
 *
 * Collection, reference counts and exports all ask this one function what a block needs, so they
 * cannot disagree.
 *
 * @throws {MonoError} `STORE_NODE_INVALID` when the bytes of a node are not dag-cbor
 */
export function linksOf(cid: CID, bytes: Uint8Array): CID[] {
  if (cid.code !== NODE_CODEC) return [];
  const links: CID[] = [];
  collectLinks(decodeNode(cid, bytes), links);
  return links;
}

/** Returns the keys of the blocks that a block links to, each once; links to foreign CIDs are left out. */
export function linkedKeys(cid: CID, bytes: Uint8Array): ReadonlySet<BlockKey> {
  const keys = new Set<BlockKey>();
  for (const link of linksOf(cid, bytes)) {
    const key = keyOfCid(link);
    if (key !== undefined) keys.add(key);
  }
  return keys;
}

/**
 * Returns the value of a node's bytes.
 *
 * @throws {MonoError} `STORE_NODE_INVALID` when they are not dag-cbor
 */
export function decodeNode(cid: CID, bytes: Uint8Array): unknown {
  try {
    return decodePlainNode(bytes) ?? dagCbor.decode(bytes);
  } catch (error) {
    throw nodeInvalid(cid, 'not valid dag-cbor', error);
  }
}

function collectLinks(value: unknown, links: CID[]): void {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return;
  const link = CID.asCID(value);
  if (link) {
    links.push(link);
  } else if (Array.isArray(value)) {
    for (const item of value) collectLinks(item, links);
  } else {
    for (const item of Object.values(value)) collectLinks(item, links);
  }
}
