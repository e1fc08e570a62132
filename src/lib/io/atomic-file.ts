import { randomBytes } from 'node:crypto';
import { open, rename, rm, writeFile, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { ByteSource } from '../base/bytes.js';
import { ensureDirectory } from './ensure-directory.js';
import { ioError } from './io-error.js';

/** Prefix of the temporary files; what carries it and is old was left behind by a crash. */
export const TEMPORARY_PREFIX = '.tmp-';

/** A file that takes its name only when it is complete and durable. */
export interface AtomicFile {
  readonly handle: FileHandle;
  /** where the bytes are until `commit` */
  readonly temporaryPath: string;
  /** Syncs the bytes, gives the file its name (replacing what had it) and syncs the directory. */
  commit(): Promise<void>;
  /** Removes the temporary file. Does nothing after `commit`. */
  abort(): Promise<void>;
}

/**
 * Opens a temporary file beside `path`, creating the directory where it is missing. The caller must
 * end with `commit` or `abort`.
 *
 * @throws {MonoError} `IO_FAILED`, `DISK_FULL`
 */
export async function createAtomicFile(
  path: string,
  options: { readonly mode?: number } = {},
): Promise<AtomicFile> {
  const directory = dirname(path);
  const temporaryPath = join(
    directory,
    `${TEMPORARY_PREFIX}${basename(path)}-${randomBytes(6).toString('hex')}`,
  );
  const handle = await openTemporary(directory, temporaryPath, options.mode);
  let ended = false;
  return {
    handle,
    temporaryPath,
    async commit() {
      try {
        await handle.sync();
        await handle.close();
        await rename(temporaryPath, path);
        ended = true;
        await syncDirectory(directory);
      } catch (error) {
        throw ioError(error, 'write', path);
      }
    },
    async abort() {
      if (ended) return;
      ended = true;
      await handle.close().catch(() => undefined);
      await rm(temporaryPath, { force: true });
    },
  };
}

/**
 * Writes `content` to `path` so that at any moment, and after any crash, the file is either the old
 * one or the new one, whole.
 *
 * @throws {MonoError} `IO_FAILED`, `DISK_FULL`
 */
export async function writeFileAtomic(
  path: string,
  content: Uint8Array | string | ByteSource,
  options: { readonly mode?: number } = {},
): Promise<void> {
  const file = await createAtomicFile(path, options);
  try {
    await writeFile(file.handle, content);
    await file.commit();
  } catch (error) {
    throw ioError(error, 'write', path);
  } finally {
    await file.abort();
  }
}

/** Makes the names in `directory` durable. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function openTemporary(
  directory: string,
  temporaryPath: string,
  mode = 0o644,
): Promise<FileHandle> {
  try {
    ensureDirectory(directory);
    return await open(temporaryPath, 'wx+', mode);
  } catch (error) {
    throw ioError(error, 'create', temporaryPath);
  }
}
