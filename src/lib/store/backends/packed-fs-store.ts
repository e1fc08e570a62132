import { join } from 'node:path';
import type { CID } from 'multiformats/cid';
import { syncDirectory } from '../../io/atomic-file.js';
import { ensureDirectory } from '../../io/ensure-directory.js';
import { ioError } from '../../io/io-error.js';
import { keyOfCid } from '../block/block-id.js';
import { BlockCoder } from '../compression/block-coder.js';
import type { Compression } from '../compression/encode-block.js';
import type { ByteStrategies } from './default-strategies.js';
import { IpldBlockStore } from './ipld-block-store.js';
import type { BlockLocation, BlockLocator, BlockReader } from '../ipld-store.js';
import { packFilesIn, type PackFiles } from '../pack/pack-files.js';
import { PackIndex } from '../pack/index/pack-index.js';
import type { PackSizes } from '../pack/pack-sizes.js';
import { PackedBackend, type PackedBackendOptions } from '../pack/packed-backend.js';
import { rebuildIndex } from '../pack/rebuild-index.js';
import { WriterSession } from '../pack/session.js';
import type { LockWait } from '../store-lock.js';
import type {
  RepairReport,
  VerifiableStore,
  VerifyOptions,
  VerifyReport,
} from '../verify/verify-report.js';

const MIB = 1024 * 1024;

/**
 * Two data segments of 8 MiB and two node segments of 4 MiB are in memory at most. A sync per 64 MiB
 * costs little beside writing them, and bounds what a crash can lose.
 */
const DEFAULT_SIZES: PackSizes = {
  packLimitBytes: 1024 * MIB,
  segmentBytes: { data: 8 * MIB, node: 4 * MIB },
  flushBytes: 64 * MIB,
  flushBlocks: 32_768,
};

/** How long opening and collecting wait for other processes, in `ms`. */
const DEFAULT_LOCK_WAIT_MS = 2_000;

/** Options of {@link PackedFsStore.open}. */
export interface PackedStoreOptions extends ByteStrategies {
  /** directory of the store, created where it is missing */
  readonly path: string;
  /** A store that is only read holds no lock and never keeps others from collecting. */
  readonly readOnly?: boolean;
  /** how other processes are waited for, in opening and in collecting; default 2 s, without a word */
  readonly lockWait?: Partial<LockWait>;
  readonly sizes?: Partial<PackSizes>;
  /**
   * of the blocks written from now on, by default none; a store may hold blocks of every kind. A
   * compressed block cannot be mapped in place.
   */
  readonly compression?: Compression;
  /** Wraps the access to the pack files, for tests of failures. */
  readonly wrapFiles?: (files: PackFiles) => PackFiles;
}

/**
 * The store that `mono` uses: blocks in append-only pack files, an index in SQLite. Any number of
 * processes may use it at once; while one has it open for writing nothing is collected.
 */
export class PackedFsStore extends IpldBlockStore implements BlockLocator, VerifiableStore {
  readonly #backend: PackedBackend;

  private constructor(backend: PackedBackend, strategies: ByteStrategies) {
    super(backend, strategies);
    this.#backend = backend;
  }

  /**
   * Opens the store in a directory. An index that is missing is rebuilt from the packs.
   *
   * @throws {MonoError} `STORE_LOCKED` while a collection runs for longer than the wait, `CANCELLED`,
   *   `STORE_FORMAT_UNSUPPORTED`, `IO_FAILED`, `DISK_FULL`
   */
  static async open(options: PackedStoreOptions): Promise<PackedFsStore> {
    const { path, readOnly = false, lockWait } = options;
    const wait = { waitMs: DEFAULT_LOCK_WAIT_MS, ...lockWait };
    const files = await openDirectory(path);
    const index = new PackIndex(join(path, 'index.db'));
    const session = readOnly ? undefined : new WriterSession(path, index, wait);
    try {
      const coder = await openCoder(options);
      if (session) await prepare(session, { index, files, coder });
      const backend = new PackedBackend({
        index,
        coder,
        files: options.wrapFiles?.(files) ?? files,
        sizes: { ...DEFAULT_SIZES, ...options.sizes },
        session,
      });
      return new PackedFsStore(backend, options);
    } catch (error) {
      session?.end();
      index.close();
      throw ioError(error, 'open the store', path);
    }
  }

  locate(cids: readonly CID[]): readonly (BlockLocation | undefined)[] {
    return this.#backend.locate(cids.map((cid) => keyOfCid(cid)));
  }

  /** Returns how many bytes of a pack a durable block takes, compressed as it is there. */
  storedBytesOf(cid: CID): number | undefined {
    const key = keyOfCid(cid);
    return key === undefined ? undefined : this.#backend.storedBytesOf(key);
  }

  verify(options: VerifyOptions = {}): Promise<VerifyReport> {
    return this.#backend.verify(options);
  }

  repair(sources: readonly BlockReader[], options: VerifyOptions = {}): Promise<RepairReport> {
    return this.#backend.repair(sources, options);
  }
}

async function openDirectory(path: string): Promise<PackFiles> {
  const packs = join(path, 'packs');
  try {
    ensureDirectory(packs);
    await syncDirectory(path);
    return packFilesIn(packs);
  } catch (error) {
    throw ioError(error, 'create the store', path);
  }
}

async function openCoder({ compression }: PackedStoreOptions): Promise<BlockCoder> {
  const coder = new BlockCoder(compression);
  if (compression === 'zstd') await coder.load();
  return coder;
}

/**
 * Takes the lock and clears what crashes have left. Packs without an index mean that it was lost: a
 * store without blocks has no packs either.
 */
async function prepare(
  session: WriterSession,
  { index, files, coder }: Pick<PackedBackendOptions, 'index' | 'files' | 'coder'>,
): Promise<void> {
  await session.begin();
  await session.recover();
  if (index.packs.all().length > 0 || (await files.list()).length === 0) return;
  await session.exclusively(async () => {
    if (index.packs.all().length === 0) await rebuildIndex(index, files, coder);
  });
}
