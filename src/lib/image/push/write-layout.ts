import { mkdir, open, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { randomBytes } from 'node:crypto';
import type { ByteString } from '../../base/bytes.js';
import { throwIfAborted } from '../../base/async.js';
import { invariant } from '../../errors.js';
import { syncDirectory, TEMPORARY_PREFIX } from '../../io/atomic-file.js';
import { ioError } from '../../io/io-error.js';
import { removeTree } from '../../io/remove-tree.js';
import { headerBlock, paddingAfter, type HeaderFields } from '../../rootfs/tar/tar-header.js';
import { TAR_END_BYTES } from '../../rootfs/tar/write-tar.js';
import { LAYOUT_DIRECTORIES, type LayoutFile } from './layout-files.js';

/**
 * Writes a layout as a new directory, which takes its name when everything is in it. When it fails
 * nothing stays behind.
 *
 * @throws {MonoError} `IO_FAILED` (also when something is at the path already), `DISK_FULL`,
 *   `CANCELLED`; what opening the files throws
 */
export async function writeLayoutDirectory(
  files: readonly LayoutFile[],
  { path, signal }: { readonly path: string; readonly signal?: AbortSignal | undefined },
): Promise<void> {
  const suffix = randomBytes(6).toString('hex');
  const temporary = join(dirname(path), `${TEMPORARY_PREFIX}${suffix}`);
  try {
    await mkdir(temporary);
    for (const directory of LAYOUT_DIRECTORIES) await mkdir(join(temporary, directory));
    for (const file of files) {
      throwIfAborted(signal);
      await writeNew(join(temporary, file.path), file.open());
    }
    // Fails where something is; an empty directory is nothing.
    await rename(temporary, path);
    await syncDirectory(dirname(path));
  } catch (error) {
    await removeTree(temporary);
    throw ioOrOwn(error, path);
  }
}

/**
 * Yields a layout as a tar archive; equal parts give equal bytes.
 *
 * @throws {MonoError} `CANCELLED`; what opening the files throws
 */
export async function* writeLayoutArchive(
  files: readonly LayoutFile[],
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  for (const directory of LAYOUT_DIRECTORIES) yield headerBlock(headerOf(`${directory}/`));
  for (const file of files) {
    throwIfAborted(signal);
    yield headerBlock(headerOf(file.path, file.sizeBytes));
    let writtenBytes = 0;
    for await (const piece of file.open()) {
      writtenBytes += piece.length;
      yield piece;
    }
    invariant(writtenBytes === file.sizeBytes, 'a blob has the size that its descriptor says');
    yield paddingAfter(file.sizeBytes);
  }
  yield new Uint8Array(TAR_END_BYTES);
}

function headerOf(name: string, sizeBytes?: number): HeaderFields {
  const isFile = sizeBytes !== undefined;
  return {
    type: isFile ? '0' : '5',
    name: name as ByteString,
    linkName: '' as ByteString,
    mode: isFile ? 0o644 : 0o755,
    ...{ uid: 0, gid: 0, mtimeSeconds: 0, deviceMajor: 0, deviceMinor: 0 },
    sizeBytes: sizeBytes ?? 0,
  };
}

async function writeNew(path: string, content: AsyncIterable<Uint8Array>): Promise<void> {
  const handle = await open(path, 'wx', 0o644);
  try {
    for await (const piece of content) await handle.writeFile(piece);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function ioOrOwn(error: unknown, path: string): unknown {
  return error instanceof Error && 'syscall' in error ? ioError(error, 'write', path) : error;
}
