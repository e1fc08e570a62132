import type { FileHandle } from 'node:fs/promises';
import { concatBytes } from '../../../base/async.js';

/**
 * Bytes that are gathered before they are written: a system call for a megabyte costs a fraction of
 * one for each piece that the network brings. What is not written yet is lost with the process.
 */
const WRITE_BYTES = 1024 * 1024;

/** More pieces than this are joined first: the system takes 1024 in one call. */
const MAX_PIECES = 512;

/**
 * Appends to a file beside the work that the bytes are for: a write is under way while the next
 * megabyte is gathered, and nobody waits for it longer than that. The first write that fails ends
 * it: the file is emptied, and everything from then on dropped.
 */
export class AppendBuffer {
  readonly #handle: FileHandle;
  #pieces: Uint8Array[] = [];
  #gatheredBytes = 0;
  #writing: Promise<void> = Promise.resolve();
  #hasFailed = false;

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  /** Takes `piece` over, which must not change any more. */
  async append(piece: Uint8Array): Promise<void> {
    if (this.#hasFailed) return;
    this.#pieces.push(piece);
    this.#gatheredBytes += piece.length;
    if (this.#gatheredBytes >= WRITE_BYTES) await this.#startWrite();
  }

  /** Resolves when all that was appended is written, or writing has failed. */
  async flush(): Promise<void> {
    if (this.#gatheredBytes > 0) await this.#startWrite();
    await this.#writing;
  }

  /** Waits for the write before. */
  async #startWrite(): Promise<void> {
    await this.#writing;
    const pieces = this.#pieces;
    const sizeBytes = this.#gatheredBytes;
    this.#pieces = [];
    this.#gatheredBytes = 0;
    if (!this.#hasFailed) this.#writing = this.#write(pieces, sizeBytes);
  }

  async #write(pieces: readonly Uint8Array[], sizeBytes: number): Promise<void> {
    try {
      const { bytesWritten } = await this.#handle.writev(joined(pieces, sizeBytes));
      if (bytesWritten === sizeBytes) return;
    } catch {
      // No space, most likely: then others need it more.
    }
    this.#hasFailed = true;
    await this.#handle.truncate(0).catch(() => undefined);
  }
}

function joined(pieces: readonly Uint8Array[], sizeBytes: number): readonly Uint8Array[] {
  return pieces.length > MAX_PIECES ? [concatBytes(pieces, sizeBytes)] : pieces;
}
