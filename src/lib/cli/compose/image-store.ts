import { join } from 'node:path';
import { ImageCatalog } from '../../image/catalog/image-catalog.js';
import { CATALOG_MIGRATIONS } from '../../image/catalog/schema.js';
import { openDatabase } from '../../io/database.js';
import { PackedFsStore } from '../../store/backends/packed-fs-store.js';

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
}

/**
 * Opens the store and its catalog below the data directory.
 *
 * @throws {MonoError} `STORE_LOCKED`, `STORE_FORMAT_UNSUPPORTED`, `IO_FAILED`, `DISK_FULL`
 */
export async function openImageStore(options: ImageStoreOptions): Promise<ImageStore> {
  const { directory, access } = options;
  const store = await PackedFsStore.open({
    path: join(directory, 'store'),
    readOnly: access === 'reading',
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
