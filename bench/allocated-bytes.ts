import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Unit of `blocks` in what `lstat` returns. */
const SECTOR_BYTES = 512;

/** Returns the allocated, not the apparent, size of a directory: what the disk has less. */
export function allocatedBytes(path: string): number {
  const names = readdirSync(path, { recursive: true, encoding: 'utf8' });
  return names.reduce((sum, name) => sum + lstatSync(join(path, name)).blocks * SECTOR_BYTES, 0);
}
