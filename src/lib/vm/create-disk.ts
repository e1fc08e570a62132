import { readFile } from 'node:fs/promises';
import { gunzip } from 'node:zlib';
import { promisify } from 'node:util';
import { MonoError } from '../errors.js';
import { createAtomicFile } from '../io/atomic-file.js';
import { ioError } from '../io/io-error.js';

/** Size of a disk for writes in `bytes` when nobody says otherwise; it takes space as it fills. */
export const DEFAULT_DISK_BYTES = 16 * 1024 ** 3;

/** What {@link createDisk} makes. */
export interface CreateDiskOptions {
  /** where the disk is made; there is no such file yet */
  readonly path: string;
  /** path of `disk.ext4.gz`, the filesystem that a new disk holds */
  readonly template: string;
  readonly sizeBytes: number;
}

/** Zeros of this size and more are left out of the file. */
const HOLE_BYTES = 4096;

/**
 * Makes a disk that keeps what guests write to it: a sparse file with a small ext4
 * filesystem, which the guest grows to the size of the disk. It is there only once it is whole.
 *
 * @throws {MonoError} `VM_GUEST_MISSING` when the template is, `IO_FAILED`, `DISK_FULL`
 */
export async function createDisk(options: CreateDiskOptions): Promise<void> {
  const { path, sizeBytes } = options;
  const filesystem = await readTemplate(options.template);
  const file = await createAtomicFile(path, { mode: 0o600 });
  try {
    await file.handle.truncate(Math.max(sizeBytes, filesystem.length));
    for (const [start, end] of writtenRanges(filesystem)) {
      await file.handle.write(filesystem, start, end - start, start);
    }
    await file.commit();
  } catch (error) {
    throw ioError(error, 'create the disk', path);
  } finally {
    await file.abort();
  }
}

async function readTemplate(path: string): Promise<Uint8Array> {
  try {
    return await promisify(gunzip)(await readFile(path));
  } catch (cause) {
    throw new MonoError('VM_GUEST_MISSING', `Cannot read the empty filesystem \`${path}\``, {
      details: { path },
      hint: 'Run `scripts/build-disk-template`.',
      cause,
    });
  }
}

/** Yields the ranges of `bytes` that hold something else than zeros, in units of a page. */
function* writtenRanges(bytes: Uint8Array): Generator<readonly [number, number]> {
  const zeros = Buffer.alloc(HOLE_BYTES);
  let start = -1;
  for (let at = 0; at < bytes.length; at += HOLE_BYTES) {
    const isHole = zeros.equals(bytes.subarray(at, at + HOLE_BYTES));
    if (!isHole && start === -1) start = at;
    if (isHole && start !== -1) {
      yield [start, at];
      start = -1;
    }
  }
  if (start !== -1) yield [start, bytes.length];
}
