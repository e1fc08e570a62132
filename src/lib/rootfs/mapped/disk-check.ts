import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { ioError } from '../../io/io-error.js';
import { isMissing } from '../image-check.js';
import type { DiskExtent } from './mapped-image.js';

/**
 * Returns whether every file of the disk is there and long enough. Packs keep their names and their
 * bytes for as long as they exist, so content need not be read.
 *
 * @throws {MonoError} `IO_FAILED`
 */
export async function isWholeDisk(extents: readonly DiskExtent[]): Promise<boolean> {
  const ends = new Map<string, number>();
  for (const { path, offsetBytes, lengthBytes } of extents) {
    ends.set(path, Math.max(ends.get(path) ?? 0, offsetBytes + lengthBytes));
  }
  const checks = await Promise.all(
    Array.from(ends, async ([path, end]) => (await sizeOf(path)) >= end),
  );
  return checks.every(Boolean);
}

/**
 * Returns the SHA-256 of a file as hexadecimal text; that of an empty one where it is missing.
 *
 * @throws {MonoError} `IO_FAILED`
 */
export async function digestOfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    for await (const piece of createReadStream(path)) hash.update(piece as Uint8Array);
  } catch (error) {
    if (!isMissing(error)) throw ioError(error, 'read', path);
  }
  return hash.digest('hex');
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (isMissing(error)) return -1;
    throw ioError(error, 'read the attributes of', path);
  }
}
