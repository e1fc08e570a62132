import type { CID } from 'multiformats/cid';
import { MonoError } from '../errors.js';

/** Returns the error for a block that a store does not have. */
export function blockMissing(cid: CID): MonoError {
  const text = cid.toString();
  return new MonoError('STORE_BLOCK_MISSING', `Cannot read block \`${text}\`: not in the store`, {
    details: { cid: text },
  });
}

/** Returns the error for a node that is not what it is read as. */
export function nodeInvalid(cid: CID, state: string, cause?: unknown): MonoError {
  const text = cid.toString();
  return new MonoError('STORE_NODE_INVALID', `Cannot read node \`${text}\`: ${state}`, {
    details: { cid: text },
    cause,
  });
}

/** Returns the error for a CID whose codec is not the one that was asked for. */
export function codecMismatch(cid: CID, expected: string): MonoError {
  const text = cid.toString();
  return new MonoError(
    'STORE_CODEC_MISMATCH',
    `Cannot read \`${text}\` as ${expected}: its codec is 0x${cid.code.toString(16)}`,
    { details: { cid: text, codec: cid.code } },
  );
}
