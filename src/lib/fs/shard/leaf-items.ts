/** The items of a leaf as they are encoded: two leaves are compared without decoding what they share. */
import type { ByteString } from '../../base/bytes.js';
import { byteStringFromBytes } from '../../base/bytes.js';
import { MAJOR, NUMBER } from '../../store/block/cbor-head.js';

/** What a leaf begins with: a list of two, of which the first is the number of leaves. */
const LEAF_HEAD = [0x82, 0x00] as const;

/**
 * Returns the items of the leaf that `node` encodes, each as the bytes of its list, in their order;
 * `undefined` for a branch, and for what is not well-formed. Nothing in an item is checked.
 *
 * @see docs/formats/monofs.md#shard-maps
 */
export function encodedItemsOf(node: Uint8Array): ByteString[] | undefined {
  if (node[0] !== LEAF_HEAD[0] || node[1] !== LEAF_HEAD[1]) return undefined;
  const list = headAt(node, LEAF_HEAD.length);
  if (list?.major !== MAJOR.list || list.argument > node.length) return undefined;
  const text = byteStringFromBytes(node);
  const items: ByteString[] = [];
  let at = list.end;
  while (items.length < list.argument) {
    const end = endOfItem(node, at);
    if (end === undefined) return undefined;
    items.push(text.slice(at, end) as ByteString);
    at = end;
  }
  return at === node.length ? items : undefined;
}

/** What stands in front of a data item's content. */
interface Head {
  readonly major: number;
  /** the value of a number, the length of anything else */
  readonly argument: number;
  /** where the content begins */
  readonly end: number;
}

function headAt(bytes: Uint8Array, start: number): Head | undefined {
  const initial = bytes[start];
  if (initial === undefined) return undefined;
  const [major, info] = [initial >> 5, initial & 0x1f];
  if (info <= NUMBER.lastShort) return { major, argument: info, end: start + 1 };
  if (info > NUMBER.bits64) return undefined;
  const end = start + 1 + 2 ** (info - NUMBER.lastShort - 1);
  let argument = 0;
  for (let at = start + 1; at < end; at += 1) argument = argument * 256 + (bytes[at] ?? 0);
  return { major, argument, end };
}

/** Returns where the data item at `start` ends, with all that is in it. */
function endOfItem(bytes: Uint8Array, start: number): number | undefined {
  let at = start;
  // Each open item takes a byte at least, which bounds the loop whatever the lists claim.
  for (let open = 1; open > 0; open -= 1) {
    const head = headAt(bytes, at);
    if (head === undefined) return undefined;
    const { major, argument } = head;
    at = head.end;
    if (major === MAJOR.bytes || major === MAJOR.text) at += argument;
    else if (major === MAJOR.list) open += argument;
    else if (major === MAJOR.map) open += 2 * argument;
    else if (major === MAJOR.tag) open += 1;
    if (at + open - 1 > bytes.length) return undefined;
  }
  return at;
}
