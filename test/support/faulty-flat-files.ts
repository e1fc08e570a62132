import type { FlatFiles, TemporaryFile } from '../../src/lib/store/flat/flat-files.js';
import type { Fault } from './faulty-pack-files.js';

/**
 * Returns `files` whose operations fail from one of them on, as a device does that has gone, and how
 * many were asked for. A process that dies at that operation leaves the same files behind.
 */
export function failFlatFrom(
  files: FlatFiles,
  fault: Fault,
): { files: FlatFiles; readonly operations: { count: number } } {
  const operations = { count: 0 };

  async function attempt<T>(run: () => Promise<T>, torn?: () => Promise<void>): Promise<T> {
    operations.count += 1;
    if (operations.count < fault.from) return run();
    if (operations.count === fault.from && fault.tornWrites) await torn?.();
    throw Object.assign(new Error(`${fault.code}: injected`), {
      code: fault.code,
      syscall: 'injected',
    });
  }

  function wrap(file: TemporaryFile): TemporaryFile {
    return {
      path: file.path,
      write: (bytes) =>
        attempt(
          () => file.write(bytes),
          () => file.write(bytes.subarray(0, bytes.length >>> 1)),
        ),
      sync: () => attempt(() => file.sync()),
      close: () => file.close(),
    };
  }

  return {
    operations,
    files: {
      ...files,
      createShard: (shard) => attempt(() => files.createShard(shard)),
      createTemporary: () => attempt(async () => wrap(await files.createTemporary())),
      rename: (path, key) => attempt(() => files.rename(path, key)),
      remove: (path) => attempt(() => files.remove(path)),
      syncShard: (shard) => attempt(() => files.syncShard(shard)),
    },
  };
}
