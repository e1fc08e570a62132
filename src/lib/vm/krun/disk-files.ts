import { readFile } from 'node:fs/promises';
import { ioError } from '../../io/io-error.js';
import type { RootDisk } from '../root-disk.js';

/** A line of a descriptor: what of which file is a part of the disk. */
const EXTENT = /^RDONLY \d+ FLAT "([^"]+)" \d+$/gm;

/**
 * Returns the paths of the files that a disk refers to, each once.
 *
 * @throws {MonoError} `IO_FAILED` when its descriptor cannot be read
 */
export async function diskFiles(disk: RootDisk): Promise<string[]> {
  if (disk.format === 'raw') return [];
  const path = disk.descriptors.krun;
  const descriptor = await readFile(path, 'utf8').catch((error: unknown) => {
    throw ioError(error, 'read the description of the disk', path);
  });
  const paths = [...descriptor.matchAll(EXTENT)].map((match) => match[1] ?? '');
  return [...new Set(paths)];
}
