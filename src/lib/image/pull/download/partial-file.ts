import { open, rm, type FileHandle } from 'node:fs/promises';
import type { ByteSource } from '../../../base/bytes.js';
import type { Digest } from '../../../base/digest.js';
import { AppendBuffer } from './append-buffer.js';
import { partialPath } from './partial-files.js';

/** Size of the pieces in which kept bytes are read, in bytes. */
const READ_BYTES = 1024 * 1024;

/** What is kept of a blob while it comes in. Held by one process at a time. */
export interface PartialFile {
  /** what earlier downloads have left */
  readonly keptBytes: number;
  /** Yields the bytes that earlier downloads have left. */
  read(): AsyncGenerator<Uint8Array>;
  /** Yields `blob`, which starts with the kept bytes, and keeps what follows them. */
  keep(blob: ByteSource): AsyncGenerator<Uint8Array>;
  /** Leaves the file for the next one who wants the blob. */
  close(): Promise<void>;
  /** Removes the file. */
  remove(): Promise<void>;
}

/**
 * Opens the partial file of a blob, made where it is missing. Returns `undefined` where that is not
 * possible. What is kept is never synced to disk and may be wrong after a crash of the machine: the
 * blob's digest has the last word.
 */
export async function openPartialFile(blob: {
  readonly directory: string;
  readonly digest: Digest;
  readonly sizeBytes: number;
}): Promise<PartialFile | undefined> {
  const path = partialPath(blob.directory, blob.digest);
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, 'a+', 0o600);
    return await partialFile({ path, handle, sizeBytes: blob.sizeBytes });
  } catch {
    await handle?.close().catch(() => undefined);
    return undefined;
  }
}

interface OpenedPartial {
  readonly path: string;
  readonly handle: FileHandle;
  readonly sizeBytes: number;
}

async function partialFile({ path, handle, sizeBytes }: OpenedPartial): Promise<PartialFile> {
  const stat = await handle.stat();
  const isUsable = stat.size <= sizeBytes;
  if (!isUsable) await handle.truncate(0);
  const keptBytes = isUsable ? stat.size : 0;
  const buffer = new AppendBuffer(handle);
  async function close(): Promise<void> {
    await buffer.flush();
    await handle.close().catch(() => undefined);
  }
  return {
    keptBytes,
    async *read() {
      for (let at = 0; at < keptBytes;) {
        const piece = Buffer.allocUnsafe(Math.min(READ_BYTES, keptBytes - at));
        const { bytesRead } = await handle.read(piece, 0, piece.length, at);
        if (bytesRead === 0) return;
        at += bytesRead;
        yield piece.subarray(0, bytesRead);
      }
    },
    async *keep(source) {
      let skipBytes = keptBytes;
      for await (const piece of source) {
        const isKept = piece.length <= skipBytes;
        if (!isKept) await buffer.append(skipBytes === 0 ? piece : piece.subarray(skipBytes));
        skipBytes -= Math.min(skipBytes, piece.length);
        yield piece;
      }
    },
    close,
    async remove() {
      await rm(path, { force: true }).catch(() => undefined);
      await close();
    },
  };
}
