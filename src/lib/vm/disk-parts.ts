import { readFile } from 'node:fs/promises';
import { ioError } from '../io/io-error.js';
import type { RootDisk } from './root-disk.js';

/** Consecutive bytes of a file that are consecutive bytes of a disk. */
export interface DiskPart {
  /** absolute path */
  readonly path: string;
  readonly offsetBytes: number;
  /** positive */
  readonly lengthBytes: number;
}

const SECTOR_BYTES = 512;
/** A line of krun's descriptor: how many sectors, of which file, from which byte on. */
const EXTENT = /^RDONLY (\d+) FLAT "([^"]+)" (\d+)$/gm;

/**
 * Returns the parts of a disk that is put together from files, from its start to its end.
 *
 * @throws {MonoError} `IO_FAILED` when its descriptor cannot be read
 */
export async function readDiskParts(
  disk: Extract<RootDisk, { readonly format: 'vmdk' }>,
): Promise<DiskPart[]> {
  const path = disk.descriptors.krun;
  const descriptor = await readFile(path, 'utf8').catch((error: unknown) => {
    throw ioError(error, 'read the description of the disk', path);
  });
  return [...descriptor.matchAll(EXTENT)].map(([, sectors, file, offset]) => ({
    path: file ?? '',
    offsetBytes: Number(offset),
    lengthBytes: Number(sectors) * SECTOR_BYTES,
  }));
}

/**
 * Returns the paths of the files that a disk refers to, each once.
 *
 * @throws {MonoError} `IO_FAILED` when its descriptor cannot be read
 */
export async function diskFiles(disk: RootDisk): Promise<string[]> {
  if (disk.format === 'raw') return [];
  const parts = await readDiskParts(disk);
  return [...new Set(parts.map(({ path }) => path))];
}
