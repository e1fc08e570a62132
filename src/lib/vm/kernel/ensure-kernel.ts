/*
 * Keeps bootable kernels in a cache:
 *
 *   <cache>/kernels/<sha-256 of the library>.elf    what the VMM boots
 *   <cache>/kernels/<sha-256 of what stat says>.of  the name of the .elf, for a library seen before
 *
 * The second saves hashing 20 MB at every start. Both are written atomically and never changed.
 */
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '../../io/atomic-file.js';
import { ioError } from '../../io/io-error.js';
import { bootableKernel } from './bootable-kernel.js';
import { invalidKernel } from './elf-view.js';
import { parseKernelLibrary } from './parse-kernel-library.js';

/** A kernel library larger than this is not one; they have about 20 MB. */
const MAX_LIBRARY_BYTES = 256 * 1024 * 1024;
const KERNEL_NAME = /^[0-9a-f]{64}\.elf$/;

/** What {@link ensureKernel} works on. */
export interface EnsureKernelOptions {
  /** path of libkrunfw.so.5 */
  readonly library: string;
  readonly cacheDirectory: string;
}

/**
 * Returns the path of a file that boots the kernel of the library, and writes it first where the
 * cache does not have it. Idempotent; several processes may do it at once.
 *
 * @throws {MonoError} `VM_KERNEL_INVALID`, `IO_FAILED`, `DISK_FULL`
 */
export async function ensureKernel(options: EnsureKernelOptions): Promise<string> {
  const directory = join(options.cacheDirectory, 'kernels');
  const seen = join(directory, `${await identityOf(options.library)}.of`);
  const known = await readKnown(seen, directory);
  if (known !== undefined) return known;
  const library = await read(options.library);
  const name = `${createHash('sha256').update(library).digest('hex')}.elf`;
  const path = join(directory, name);
  if (!(await exists(path)))
    await writeFileAtomic(path, bootableKernel(parseKernelLibrary(library)));
  await writeFileAtomic(seen, name);
  return path;
}

/** The file that a path names and its state; a changed library gets another identity. */
async function identityOf(path: string): Promise<string> {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
    if (size > BigInt(MAX_LIBRARY_BYTES)) throw invalidKernel('it is too large');
    const facts = [path, dev, ino, size, mtimeNs, ctimeNs].join('\0');
    return createHash('sha256').update(facts).digest('hex');
  } catch (error) {
    throw ioError(error, 'read the kernel library', path);
  }
}

async function readKnown(seen: string, directory: string): Promise<string | undefined> {
  const name = await readFile(seen, 'latin1').catch(() => '');
  if (!KERNEL_NAME.test(name)) return undefined;
  const path = join(directory, name);
  return (await exists(path)) ? path : undefined;
}

async function read(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw ioError(error, 'read the kernel library', path);
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}
