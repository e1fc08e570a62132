import { codecOfKey, RAW_CODEC, type BlockKey } from '../../block/block-id.js';

/** Positions and the first 32 bits behind the codec share a number that is exact. */
const MAX_SORTED_KEYS = 2 ** 21;

/** Returns the positions of `keys`, roughly sorted by key: neighbours share pages of the index. */
export function inKeyOrder(keys: readonly (BlockKey | undefined)[]): Iterable<number> {
  if (keys.length > MAX_SORTED_KEYS) return keys.keys();
  const ranks = Float64Array.from(keys, (key, position) => {
    return (key === undefined ? 0 : rankOf(key)) * MAX_SORTED_KEYS + position;
  });
  return ranks.sort().map((rank) => rank % MAX_SORTED_KEYS);
}

/** Returns the first 31 bits of a hash below a bit for the codec. */
function rankOf(key: BlockKey): number {
  const codec = codecOfKey(key) === RAW_CODEC ? 0 : 2 ** 31;
  let bits = 0;
  for (let at = 1; at <= 4; at += 1) bits = bits * 256 + key.charCodeAt(at);
  return codec + Math.floor(bits / 2);
}
