import { gunzipSync, gzipSync } from 'node:zlib';
import { zstdContentBytes, type Zstd } from './zstd.js';

/** How a store compresses the blocks it writes. It reads blocks of every kind in any case. */
export type Compression = 'none' | 'gzip' | 'zstd';

/** How the bytes of a block are stored; the numbers stand on disk. */
export const ENCODING = { plain: 0, gzip: 1, zstd: 2 } as const;

/** A block as it is stored. */
export interface EncodedBlock {
  readonly encoding: number;
  readonly stored: Uint8Array;
}

/** Below this many bytes the frame of a compressed block eats up what compressing saves. */
const MIN_COMPRESSIBLE_BYTES = 64;

/**
 * Returns `bytes` compressed, or as they are where that is not shorter. `zstd` must be given for the
 * compression of that name.
 */
export function encodeBlock(
  bytes: Uint8Array,
  options: { readonly compression: Compression; readonly zstd: Zstd | undefined },
): EncodedBlock {
  const { compression, zstd } = options;
  const plain = { encoding: ENCODING.plain, stored: bytes };
  if (compression === 'none' || bytes.length < MIN_COMPRESSIBLE_BYTES) return plain;
  if (compression === 'gzip') {
    const stored = gzipSync(bytes);
    return stored.length < bytes.length ? { encoding: ENCODING.gzip, stored } : plain;
  }
  const stored = zstd?.compress(bytes) ?? bytes;
  const isReadable = zstdContentBytes(stored) === bytes.length;
  return isReadable && stored.length < bytes.length ? { encoding: ENCODING.zstd, stored } : plain;
}

/**
 * Returns the bytes of a block, `undefined` where it is not encoded as it says or is not `sizeBytes`
 * long. No more than that is ever in memory, whatever the stored bytes claim. `zstd` must be given
 * for a block of that encoding.
 */
export function decodeBlock(
  block: EncodedBlock & { readonly sizeBytes: number },
  zstd: Zstd | undefined,
): Uint8Array | undefined {
  try {
    const bytes = decode(block, zstd);
    return bytes?.length === block.sizeBytes ? bytes : undefined;
  } catch {
    return undefined;
  }
}

function decode(
  block: EncodedBlock & { readonly sizeBytes: number },
  zstd: Zstd | undefined,
): Uint8Array | undefined {
  const { encoding, stored, sizeBytes } = block;
  if (encoding === ENCODING.plain) return stored;
  if (encoding === ENCODING.gzip) {
    return gunzipSync(stored, { maxOutputLength: Math.max(sizeBytes, 1) });
  }
  if (encoding !== ENCODING.zstd || zstdContentBytes(stored) !== sizeBytes) return undefined;
  return zstd?.decompress(stored, sizeBytes);
}
