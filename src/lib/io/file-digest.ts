import { open } from 'node:fs/promises';
import { ioError } from './io-error.js';
import { createStreamHash } from './native/stream-hash.js';

/** How much is read and hashed at once, in `bytes`. */
const PIECE_BYTES = 1024 * 1024;

/**
 * Returns the SHA-256 of a file as hexadecimal text, `undefined` where it is missing. With the addon
 * the main thread neither reads nor hashes.
 *
 * @throws {MonoError} `IO_FAILED`
 */
export async function fileDigest(path: string): Promise<string | undefined> {
  const hash = createStreamHash();
  const piece = new Uint8Array(PIECE_BYTES);
  try {
    const handle = await open(path, 'r');
    try {
      for (;;) {
        const { bytesRead } = await handle.read(piece, 0, piece.length);
        if (bytesRead === 0) break;
        await hash.update([piece.subarray(0, bytesRead)]);
      }
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw ioError(error, 'read', path);
  }
  return Buffer.from(hash.digest()).toString('hex');
}
