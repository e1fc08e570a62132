import { open } from 'node:fs/promises';
import { ioError } from '../io/io-error.js';
import { BLOCK_BYTES } from './erofs/erofs-format.js';
import { decodeSuperblock } from './erofs/superblock.js';

/**
 * Returns whether the file at `path` is the image of identity `uuid`, whole: its superblock is
 * intact and the file is as long as that says. The writer gives a file its name only when every byte
 * is durable, so content need not be read to know that it is there.
 *
 * @throws {MonoError} `IO_FAILED` when the file exists and cannot be read
 */
export async function isWholeImage(path: string, uuid: Uint8Array): Promise<boolean> {
  try {
    const handle = await open(path, 'r');
    try {
      const block = new Uint8Array(BLOCK_BYTES);
      const { bytesRead } = await handle.read(block, 0, BLOCK_BYTES, 0);
      const superblock = decodeSuperblock(block.subarray(0, bytesRead));
      if (!superblock || Buffer.compare(superblock.uuid, uuid) !== 0) return false;
      return superblock.blocks * BLOCK_BYTES === (await handle.stat()).size;
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (isMissing(error)) return false;
    throw ioError(error, 'read the image', path);
  }
}

/** Returns whether `error` says that a file does not exist. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
