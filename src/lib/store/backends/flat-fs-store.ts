import { ioError } from '../../io/io-error.js';
import type { Compression } from '../compression/encode-block.js';
import { createFlatDirectories, flatFilesIn, type FlatFiles } from '../flat/flat-files.js';
import { FlatBackend } from '../flat/flat-backend.js';
import { FlatIndex } from '../flat/flat-index.js';
import { StoreLock } from '../store-lock.js';
import type { ByteStrategies } from './default-strategies.js';
import { IpldBlockStore } from './ipld-block-store.js';

/** How long opening and deleting wait for other processes, in `ms`. */
const DEFAULT_LOCK_WAIT_MS = 2_000;

/** Options of {@link FlatFsStore.open}. */
export interface FlatStoreOptions extends ByteStrategies {
  /** directory of the store, created where it is missing */
  readonly path: string;
  /** A store that is only read holds no lock and never keeps others from deleting. */
  readonly readOnly?: boolean;
  readonly lockWaitMs?: number;
  /** of the blocks written from now on, by default none; a store may hold blocks of every kind */
  readonly compression?: Compression;
  /** Wraps the access to the files, for tests of failures. */
  readonly wrapFiles?: (files: FlatFiles) => FlatFiles;
}

/**
 * A store with a file per block, which any tool can copy, list and read: for exchange and for few
 * blocks. A put is durable when it resolves. Any number of processes may use the store at once;
 * while one has it open for writing nothing is deleted. Counting references costs a listing of all
 * files.
 */
export class FlatFsStore extends IpldBlockStore {
  private constructor(backend: FlatBackend, strategies: ByteStrategies) {
    super(backend, strategies);
  }

  /**
   * Opens the store in a directory, after carrying out a deletion that a crash has interrupted.
   *
   * @throws {MonoError} `STORE_LOCKED` while another process deletes, `STORE_FORMAT_UNSUPPORTED`,
   *   `IO_FAILED`, `DISK_FULL`
   */
  static async open(options: FlatStoreOptions): Promise<FlatFsStore> {
    const { path, readOnly = false, lockWaitMs = DEFAULT_LOCK_WAIT_MS } = options;
    const owned: { end(): void }[] = [];
    try {
      await createFlatDirectories(path);
      const index = new FlatIndex(path);
      owned.push({ end: () => index.close() });
      const lock = readOnly ? undefined : new StoreLock(path, { waitMs: lockWaitMs });
      if (lock) owned.push(lock);
      await lock?.begin();
      const files = flatFilesIn(path);
      const backend = new FlatBackend({
        path,
        index,
        lock,
        compression: options.compression ?? 'none',
        files: options.wrapFiles?.(files) ?? files,
      });
      if (lock) await backend.recover();
      return new FlatFsStore(backend, options);
    } catch (error) {
      for (const part of owned) part.end();
      throw ioError(error, 'open the store', path);
    }
  }
}
