import type { CID } from 'multiformats/cid';
import type { ByteSource } from '../../base/bytes.js';
import type { Digest } from '../../base/digest.js';
import { ChangeSetBuilder } from '../../fs/change-set/change-set-builder.js';
import { flatten } from '../../fs/change-set/flatten.js';
import type { ContentStore } from '../../store/ipld-store.js';
import { decompress } from '../layer/decompress.js';
import { HashedStream } from '../layer/hashed-stream.js';
import { writeEntries } from '../layer/write-entries.js';
import { readTarRuns } from '../tar/read-tar.js';
import { importFault } from './import-fault.js';

/** Options of {@link importTar}. */
export interface ImportTarOptions {
  /**
   * `tree` (the default): the archive is a whole filesystem, and every name stands for itself.
   * `changeSet`: it is a layer, and names that begin with `.wh.` delete.
   */
  readonly as?: 'tree' | 'changeSet';
  readonly signal?: AbortSignal | undefined;
}

/** An archive that was stored. */
export interface ImportedTar {
  /** root of the complete tree or of the change set */
  readonly root: CID;
  /** sha-256 of the archive as it is uncompressed */
  readonly diffId: Digest;
  /** size of the uncompressed archive in `bytes` */
  readonly sizeBytes: number;
  /** entries of the archive */
  readonly entryCount: number;
}

/**
 * Stores a tar archive that comes without an image around it: plain, or compressed with gzip or zstd,
 * which its first bytes tell. Names and sizes are checked as those of a layer are.
 *
 * @throws {MonoError} `LAYER_COMPRESSION_INVALID`, `LAYER_INVALID`, `LAYER_UNSAFE_PATH`, `CANCELLED`;
 *   whatever `archive` and the store throw
 */
export async function importTar(
  store: ContentStore,
  archive: ByteSource,
  options: ImportTarOptions = {},
): Promise<ImportedTar> {
  const isLayer = options.as === 'changeSet';
  const changes = new ChangeSetBuilder(store);
  try {
    const content = new HashedStream((hash) =>
      decompress(archive, undefined, { recycle: true, hash }),
    );
    const target = { store, changes, names: isLayer ? 'layer' : 'plain' } as const;
    const entryCount = await writeEntries(target, readTarRuns(content), options);
    const changeSet = await changes.commit();
    const root = isLayer ? changeSet : await flatten(store, [changeSet]);
    const diffId = content.digest();
    return { root, diffId, sizeBytes: content.sizeBytes, entryCount };
  } catch (error) {
    throw importFault(error);
  }
}
