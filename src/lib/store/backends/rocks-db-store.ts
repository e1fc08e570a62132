import { mkdir } from 'node:fs/promises';
import { MonoError } from '../../errors.js';
import { loadRocksDb } from '../rocksdb/load-rocksdb.js';
import { RocksBackend, rocksError } from '../rocksdb/rocks-backend.js';
import type { ByteStrategies } from './default-strategies.js';
import { IpldBlockStore } from './ipld-block-store.js';

/** Options of {@link RocksDbStore.open}. */
export interface RocksDbStoreOptions extends ByteStrategies {
  /** directory of the store, created where it is missing */
  readonly path: string;
  /** Loads the package of RocksDB, for tests of its absence. */
  readonly load?: () => Promise<unknown>;
}

/**
 * A store in RocksDB, which one process can have open at a time. It needs an optional package.
 * Counts of references are kept in memory, from the first question on.
 */
export class RocksDbStore extends IpldBlockStore {
  private constructor(backend: RocksBackend, strategies: ByteStrategies) {
    super(backend, strategies);
  }

  /**
   * Opens the store in a directory.
   *
   * @throws {MonoError} `STORE_BACKEND_MISSING`, `STORE_LOCKED` while another process has it open,
   *   `IO_FAILED`, `DISK_FULL`
   */
  static async open(options: RocksDbStoreOptions): Promise<RocksDbStore> {
    const { path, load } = options;
    const database = await loadRocksDb(path, load);
    try {
      await mkdir(path, { recursive: true });
      await database.open();
    } catch (error) {
      throw isLocked(error) ? locked(path, error) : rocksError(error, 'open the store', path);
    }
    return new RocksDbStore(new RocksBackend(database, path), options);
  }
}

function isLocked(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && 'code' in cause && cause.code === 'LEVEL_LOCKED';
}

function locked(path: string, cause: unknown): MonoError {
  return new MonoError('STORE_LOCKED', `Cannot open the store \`${path}\`: it is open elsewhere`, {
    details: { path },
    hint: 'Wait until the other command has ended and run this one again.',
    cause,
  });
}
