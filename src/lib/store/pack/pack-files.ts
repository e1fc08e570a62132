import { closeSync, openSync, readSync } from 'node:fs';
import { open, readdir, stat, unlink, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { syncDirectory } from '../../io/atomic-file.js';

const SUFFIX = '.pack';
const NAME = /^[0-9a-f]{32}\.pack$/;

/** An open pack that its one writer appends to. */
export interface AppendFile {
  /** Writes all of `bytes` at `offsetBytes`. */
  write(bytes: Uint8Array, offsetBytes: number): Promise<void>;
  sizeBytes(): Promise<number>;
  truncate(sizeBytes: number): Promise<void>;
  /** Makes content and length durable. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** The files of packs in one directory: every change that a store makes to them goes through here. */
export interface PackFiles {
  readonly directory: string;
  pathOf(id: string): string;
  create(id: string): Promise<AppendFile>;
  open(id: string): Promise<AppendFile>;
  remove(id: string): Promise<void>;
  /** Makes creations and removals durable. */
  syncNames(): Promise<void>;
  /** Returns the ids and file sizes of all packs, in order of the ids. */
  list(): Promise<readonly { readonly id: string; readonly fileBytes: number }[]>;
}

/** Returns the pack files in `directory`, which exists. */
export function packFilesIn(directory: string): PackFiles {
  function pathOf(id: string): string {
    return join(directory, id + SUFFIX);
  }
  return {
    directory,
    pathOf,
    create: async (id) => appendFile(await open(pathOf(id), 'wx+', 0o644)),
    open: async (id) => appendFile(await open(pathOf(id), 'r+')),
    remove: (id) => unlink(pathOf(id)),
    syncNames: () => syncDirectory(directory),
    async list() {
      const names = (await readdir(directory)).filter((name) => NAME.test(name)).sort();
      const packs = [];
      for (const name of names) {
        const { size } = await stat(join(directory, name));
        packs.push({ id: name.slice(0, -SUFFIX.length), fileBytes: size });
      }
      return packs;
    },
  };
}

/** Removes packs, durably; one that is gone already is no failure. */
export async function removePackFiles(files: PackFiles, ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    try {
      await files.remove(id);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    }
  }
  if (ids.length > 0) await files.syncNames();
}

/**
 * Returns up to `lengthBytes` of the file at `offsetBytes`, fewer at its end.
 *
 * Synchronous on purpose: a block that lies in the page cache is read in a few microseconds, while a
 * trip through the thread pool costs several times as much as the read.
 */
export function readAt(
  descriptor: number,
  offsetBytes: number,
  lengthBytes: number,
): Uint8Array<ArrayBuffer> {
  const bytes = Buffer.allocUnsafeSlow(lengthBytes);
  return new Uint8Array(bytes.buffer, 0, readInto(descriptor, offsetBytes, bytes));
}

/** Does as `readAt` to the start of `target`, until that is full, and returns how many bytes it read. */
export function readInto(descriptor: number, offsetBytes: number, target: Uint8Array): number {
  let filled = 0;
  while (filled < target.length) {
    const rest = target.length - filled;
    const count = readSync(descriptor, target, filled, rest, offsetBytes + filled);
    if (count === 0) break;
    filled += count;
  }
  return filled;
}

/** Calls `fn` with a descriptor of the file at `path`, open for reading. */
export function withFileForReading<T>(path: string, fn: (descriptor: number) => T): T {
  const descriptor = openSync(path, 'r');
  try {
    return fn(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function appendFile(handle: FileHandle): AppendFile {
  return {
    async write(bytes, offsetBytes) {
      let written = 0;
      while (written < bytes.length) {
        const rest = bytes.length - written;
        written += (await handle.write(bytes, written, rest, offsetBytes + written)).bytesWritten;
      }
    },
    sizeBytes: async () => (await handle.stat()).size,
    truncate: (sizeBytes) => handle.truncate(sizeBytes),
    sync: () => handle.datasync(),
    close: () => handle.close(),
  };
}
