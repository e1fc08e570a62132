import type { AppendFile, PackFiles } from '../../src/lib/store/pack/pack-files.js';

/** How an operation on a pack file fails. */
export interface Fault {
  /** the operation that fails and all later ones, counted from 1 */
  readonly from: number;
  readonly code: 'EIO' | 'ENOSPC';
  /** a failing write leaves its first half in the file */
  readonly tornWrites: boolean;
}

/**
 * Returns `files` whose operations fail from one of them on, as a device does that has gone, and how
 * many were asked for. A process that dies at that operation leaves the same files behind.
 */
export function failFrom(
  files: PackFiles,
  fault: Fault,
): { files: PackFiles; readonly operations: { count: number } } {
  const operations = { count: 0 };

  async function attempt<T>(run: () => Promise<T>, torn?: () => Promise<void>): Promise<T> {
    operations.count += 1;
    if (operations.count < fault.from) return run();
    if (operations.count === fault.from && fault.tornWrites) await torn?.();
    throw Object.assign(new Error(`${fault.code}: injected`), { code: fault.code });
  }

  function wrap(file: AppendFile): AppendFile {
    return {
      write: (bytes, offset) =>
        attempt(
          () => file.write(bytes, offset),
          () => file.write(bytes.subarray(0, bytes.length >>> 1), offset),
        ),
      sizeBytes: () => file.sizeBytes(),
      truncate: (size) => attempt(() => file.truncate(size)),
      sync: () => attempt(() => file.sync()),
      close: () => file.close(),
    };
  }

  return {
    operations,
    files: {
      directory: files.directory,
      pathOf: (id) => files.pathOf(id),
      create: (id) => attempt(async () => wrap(await files.create(id))),
      open: (id) => attempt(async () => wrap(await files.open(id))),
      remove: (id) => attempt(() => files.remove(id)),
      syncNames: () => attempt(() => files.syncNames()),
      list: () => files.list(),
    },
  };
}
