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

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (isMissing(error)) return -1;
    throw ioError(error, 'read the attributes of', path);
  }
}
