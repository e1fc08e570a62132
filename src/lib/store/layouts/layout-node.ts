/**
 * Layout nodes: what joins the parts of a byte sequence (`docs/formats/bytes.md`).
 *
 *     { "bytes": <size>, "parts": [[<link>, <size>], …] }
 *
 * A part is a raw block or a layout node; `bytes` is the sum of the sizes of the parts, of which
 * there are at least two and none is empty. So the length of a sequence stands in its root, seeking
 * reads one node per level, and a walk ends: each level down is a strictly shorter sequence.
 */
import { CID } from 'multiformats/cid';
import { isBlockCodec } from '../block/block-id.js';
import type { StoredBytes } from '../ipld-store.js';

/** A decoded layout node. */
export interface LayoutNode {
  readonly sizeBytes: number;
  readonly parts: readonly StoredBytes[];
}

/** Returns the value to encode for the node that joins `parts`. */
export function layoutNodeOf(parts: readonly StoredBytes[]): object {
  return {
    bytes: parts.reduce((sum, part) => sum + part.sizeBytes, 0),
    parts: parts.map((part) => [part.cid, part.sizeBytes]),
  };
}

/** Returns the layout node that a decoded value stands for, `undefined` if it is none. */
export function parseLayoutNode(value: unknown): LayoutNode | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (Object.keys(value).length !== 2 || !('bytes' in value) || !('parts' in value)) {
    return undefined;
  }
  if (!Array.isArray(value.parts) || value.parts.length < 2) return undefined;
  const parts: StoredBytes[] = [];
  let sizeBytes = 0;
  for (const item of value.parts) {
    const part = parsePart(item);
    if (!part) return undefined;
    parts.push(part);
    sizeBytes += part.sizeBytes;
  }
  if (sizeBytes !== value.bytes || !Number.isSafeInteger(sizeBytes)) return undefined;
  return { sizeBytes, parts };
}

function parsePart(item: unknown): StoredBytes | undefined {
  if (!Array.isArray(item) || item.length !== 2) return undefined;
  const cid = CID.asCID(item[0]);
  const sizeBytes: unknown = item[1];
  if (!cid || !isBlockCodec(cid.code)) return undefined;
  if (typeof sizeBytes !== 'number' || !Number.isSafeInteger(sizeBytes) || sizeBytes <= 0) {
    return undefined;
  }
  return { cid, sizeBytes };
}
