import { join } from 'node:path';
import { collect } from '../../base/async.js';
import { isMonoError } from '../../errors.js';
import { archiveInvalid } from './archive-errors.js';
import { openByteFile, type ByteFile } from './byte-file.js';

/** The largest document of an archive in `bytes`: the limit that registries have for manifests. */
const MAX_DOCUMENT_BYTES = 4 * 1024 * 1024;

/** A file that can be read from its beginning, as often as it takes. */
export interface OpenedFile {
  readonly sizeBytes: number;
  readonly open: () => AsyncIterable<Uint8Array>;
}

/** Files by path: a directory of the host or the members of an archive. */
export interface FileSet {
  /** how errors call it */
  readonly name: string;
  /** Returns the file at this path, which has no `..` in it, or `undefined` if there is none. */
  find(path: string): Promise<OpenedFile | undefined>;
  close(): Promise<void>;
}

/** Returns the files below a directory of the host. */
export function openDirectoryFiles(directory: string): FileSet {
  return {
    name: directory,
    async find(path) {
      const file = await openIfPresent(join(directory, path));
      if (!file) return undefined;
      const { sizeBytes } = file;
      await file.close();
      return { sizeBytes, open: () => readFile(join(directory, path)) };
    },
    close: () => Promise.resolve(),
  };
}

/**
 * Returns the whole of a small file, or `undefined` if there is none.
 *
 * @throws {MonoError} `ARCHIVE_INVALID` when it is larger than a document can be; as the files do
 */
export async function readSmallFile(files: FileSet, path: string): Promise<Uint8Array | undefined> {
  const file = await files.find(path);
  if (!file) return undefined;
  const tooLarge = archiveInvalid(
    files.name,
    `\`${path}\` is larger than ${MAX_DOCUMENT_BYTES} bytes`,
  );
  if (file.sizeBytes > MAX_DOCUMENT_BYTES) throw tooLarge;
  return collect(file.open(), { limitBytes: MAX_DOCUMENT_BYTES, tooLarge: () => tooLarge });
}

async function openIfPresent(path: string): Promise<ByteFile | undefined> {
  try {
    return await openByteFile(path);
  } catch (error) {
    const isAbsent = isMonoError(error, 'IO_FAILED') && ABSENT.has(String(error.details['code']));
    if (isAbsent) return undefined;
    throw error;
  }
}

const ABSENT: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR']);

async function* readFile(path: string): AsyncGenerator<Uint8Array> {
  const file = await openByteFile(path);
  try {
    yield* file.stream();
  } finally {
    await file.close();
  }
}
