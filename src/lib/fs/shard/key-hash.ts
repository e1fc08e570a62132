import { hash } from 'node:crypto';
import type { ByteString } from '../../base/bytes.js';

/** How many levels of branches there can be: one for each hexadecimal digit of a sha-256. */
export const MAX_SHARD_DEPTH = 64;

/** Returns sha-256(key) in hexadecimal: its digit `d` chooses the child in a branch at depth `d`. */
export function hashOfKey(key: ByteString): string {
  return hash('sha256', Buffer.from(key, 'latin1'), 'hex');
}

/** Returns which child of a branch at `depth` a key with this hash belongs to: 0 to 15. */
export function digitAt(hash: string, depth: number): number {
  return Number.parseInt(hash.charAt(depth), 16);
}
