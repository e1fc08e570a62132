import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { MonoError } from '../../errors.js';
import { ioError } from '../../io/io-error.js';

/** Bytes that are read at a time by {@link ByteFile.stream}. */
const PIECE_BYTES = 256 * 1024;

/** A file that is read at any place. */
export interface ByteFile {
  readonly path: string;
  readonly sizeBytes: number;
  /** Returns the bytes of a range, fewer only where the file ends. */
  read(offsetBytes: number, lengthBytes: number): Promise<Uint8Array>;
  /** Yields the bytes of a range, fewer only where the file ends. */
  stream(offsetBytes?: number, lengthBytes?: number): AsyncIterable<Uint8Array>;
  close(): Promise<void>;
}

/**
 * Opens a regular file; symbolic links are followed.
 *
 * @throws {MonoError} `IO_FAILED`, also for what is no regular file
 */
export async function openByteFile(path: string): Promise<ByteFile> {
  const handle = await openHandle(path);
  try {
    const status = await handle.stat();
    if (!status.isFile()) throw notAFile(path);
    return fileOf(handle, path, status.size);
  } catch (error) {
    await handle.close();
    throw ioError(error, 'read', path);
  }
}

/** Does not wait for a writer if the path is a FIFO. */
async function openHandle(path: string): Promise<FileHandle> {
  try {
    return await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw ioError(error, 'read', path);
  }
}

function fileOf(handle: FileHandle, path: string, sizeBytes: number): ByteFile {
  async function read(offsetBytes: number, lengthBytes: number): Promise<Uint8Array> {
    const available = Math.max(0, Math.min(lengthBytes, sizeBytes - offsetBytes));
    const bytes = new Uint8Array(available);
    let filled = 0;
    while (filled < available) {
      const { bytesRead } = await readSome(handle, path, {
        bytes: bytes.subarray(filled),
        position: offsetBytes + filled,
      });
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return bytes.subarray(0, filled);
  }
  async function* stream(offsetBytes = 0, lengthBytes = sizeBytes): AsyncGenerator<Uint8Array> {
    const end = Math.min(sizeBytes, offsetBytes + lengthBytes);
    for (let offset = offsetBytes; offset < end;) {
      const piece = await read(offset, Math.min(PIECE_BYTES, end - offset));
      if (piece.length === 0) return;
      offset += piece.length;
      yield piece;
    }
  }
  return { path, sizeBytes, read, stream, close: () => handle.close() };
}

async function readSome(
  handle: FileHandle,
  path: string,
  { bytes, position }: { readonly bytes: Uint8Array; readonly position: number },
): Promise<{ readonly bytesRead: number }> {
  try {
    return await handle.read(bytes, 0, bytes.length, position);
  } catch (error) {
    throw ioError(error, 'read', path);
  }
}

function notAFile(path: string): MonoError {
  return new MonoError('IO_FAILED', `Cannot read \`${path}\`: it is not a regular file`, {
    details: { path, code: 'not a file' },
  });
}
