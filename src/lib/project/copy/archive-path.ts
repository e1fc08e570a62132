import { createReadStream } from 'node:fs';
import { lstat, opendir, readlink } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { byteStringFromText } from '../../base/bytes.js';
import { ioError } from '../../io/io-error.js';
import { paddingAfter, type HeaderFields } from '../../rootfs/tar/tar-header.js';
import { tarHeaderBlocks } from '../../rootfs/tar/write-entry.js';

/** An archive ends with two blocks of zeros. */
const END_BYTES = 1024;
const PERMISSIONS = 0o7777;
const NO_XATTRS = new Map<never, never>();

/**
 * Yields a tar archive of a file or directory of the host; names begin with the last component of
 * `path`. Everything belongs to root in it. Symbolic links stay links; devices, FIFOs and sockets are
 * left out.
 *
 * @throws {MonoError} `IO_FAILED`
 */
export async function* archivePath(path: string): AsyncGenerator<Uint8Array, void> {
  try {
    yield* archiveNode(path, basename(resolve(path)) || '.');
  } catch (error) {
    throw ioError(error, 'read', path);
  }
  yield new Uint8Array(END_BYTES);
}

async function* archiveNode(path: string, name: string): AsyncGenerator<Uint8Array, void> {
  const status = await lstat(path);
  const kind = status.isDirectory()
    ? 'directory'
    : status.isFile()
      ? 'file'
      : status.isSymbolicLink()
        ? 'symlink'
        : undefined;
  if (kind === undefined) return;
  const header: HeaderFields = {
    type: { directory: '5', file: '0', symlink: '2' }[kind],
    name: byteStringFromText(kind === 'directory' ? `${name}/` : name),
    linkName: byteStringFromText(kind === 'symlink' ? await readlink(path) : ''),
    mode: status.mode & PERMISSIONS,
    uid: 0,
    gid: 0,
    sizeBytes: kind === 'file' ? status.size : 0,
    mtimeSeconds: Math.max(Math.floor(status.mtimeMs / 1000), 0),
    deviceMajor: 0,
    deviceMinor: 0,
  };
  const mtime = { seconds: header.mtimeSeconds, nanoseconds: 0 };
  yield* tarHeaderBlocks(header, { mtime, xattrs: NO_XATTRS });
  if (kind === 'file') yield* contentOf(path, status.size);
  if (kind !== 'directory') return;
  for await (const child of await opendir(path)) {
    yield* archiveNode(join(path, child.name), `${name}/${child.name}`);
  }
}

/** Exactly as many bytes as the header has promised, also of a file that grows or shrinks. */
async function* contentOf(path: string, sizeBytes: number): AsyncGenerator<Uint8Array, void> {
  let left = sizeBytes;
  if (sizeBytes > 0) {
    for await (const piece of createReadStream(path, { end: sizeBytes - 1 })) {
      left -= (piece as Uint8Array).length;
      yield piece as Uint8Array;
    }
  }
  if (left > 0) yield new Uint8Array(left);
  yield paddingAfter(sizeBytes);
}
