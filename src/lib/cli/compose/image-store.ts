import { join } from 'node:path';
import { ImageCatalog } from '../../image/catalog/image-catalog.js';
import { CATALOG_MIGRATIONS } from '../../image/catalog/schema.js';
import { openDatabase } from '../../io/database.js';
import { PackedFsStore } from '../../store/backends/packed-fs-store.js';
import type { LockWait } from '../../store/store-lock.js';
import type { Output } from '../terminal/output.js';

/**
 * How long a command waits for others that use the store, in `ms`: longer than most installs take,
 * and than any collection.
 */
const LOCK_WAIT_MS = 5 * 60_000;

/** The store of images and what is known of its content. */
export interface ImageStore {
  readonly store: PackedFsStore;
  readonly catalog: ImageCatalog;
  close(): Promise<void>;
}

/** How an {@link ImageStore} is opened. */
export interface ImageStoreOptions {
  /** the user's data directory */
  readonly directory: string;
  /** reading takes no lock: nothing that is read may be new since then */
  readonly access: 'reading' | 'writing';
  readonly lockWait?: LockWait | undefined;
}

/** Returns how a command waits for others that use the store: it says so. */
export function tellingLockWait(output: Output, signal: AbortSignal): LockWait {
  return {
    waitMs: LOCK_WAIT_MS,
    signal,
    onWait({ pids, waitMs }) {
      const whom = pids.length > 0 ? `process ${pids.join(', ')}` : 'another process';
      return output.waiting(
        `Waiting up to ${waitMs / 60_000} minutes for ${whom}, which uses the store`,
      );
    },
  };
}

/**
 * Opens the store and its catalog below the data directory.
 *
 * @throws {MonoError} `STORE_LOCKED`, `CANCELLED`, `STORE_FORMAT_UNSUPPORTED`, `IO_FAILED`, `DISK_FULL`
 */
export async function openImageStore(options: ImageStoreOptions): Promise<ImageStore> {
  const { directory, access, lockWait } = options;
  const store = await PackedFsStore.open({
    path: join(directory, 'store'),
    readOnly: access === 'reading',
    ...(lockWait && { lockWait }),
  });
  const database = openDatabase(join(directory, 'images.db'), CATALOG_MIGRATIONS);
  const catalog = new ImageCatalog(database, store);
  return {
    store,
    catalog,
    async close() {
      catalog.close();
      await store.close();
    },
  };
}
