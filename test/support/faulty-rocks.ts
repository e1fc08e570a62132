import type { RocksDatabase, RocksOperation } from '../../src/lib/store/rocksdb/load-rocksdb.js';

/** How a call of RocksDB fails. */
export interface RocksFault {
  /** the call that fails and all later ones, counted from 1 */
  readonly from: number;
  /** as RocksDB says it */
  readonly message: string;
}

/**
 * Returns RocksDB, real, of which reads and writes fail from one of them on, as they do on a device
 * that has gone, and how many were asked for.
 */
export function failRocksFrom(fault: RocksFault): {
  load: () => Promise<unknown>;
  readonly calls: { count: number };
} {
  const calls = { count: 0 };

  async function attempt<T>(run: () => Promise<T>): Promise<T> {
    calls.count += 1;
    if (calls.count < fault.from) return run();
    throw Object.assign(new Error(fault.message), { code: 'EIO' });
  }

  return {
    calls,
    async load() {
      // @ts-expect-error -- the package has no types
      const { RocksLevel } = (await import('@nxtedition/rocksdb')) as {
        RocksLevel: new (path: string, options: object) => RocksDatabase;
      };
      class FaultyRocks extends RocksLevel {
        override getMany(keys: readonly Uint8Array[]) {
          return attempt(() => super.getMany(keys));
        }

        override batch(operations: readonly RocksOperation[], options: { sync: boolean }) {
          return attempt(() => super.batch(operations, options));
        }
      }
      return { RocksLevel: FaultyRocks };
    },
  };
}
