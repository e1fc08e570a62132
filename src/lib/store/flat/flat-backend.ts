/**
 * Blocks in files of their own. A put is durable when it resolves:
 *
 *     temporary file ──▶ fsync ──▶ rename to its name ──▶ fsync of the directory
 *
 * A deletion is one commit of the index, which dooms the blocks, and is carried out behind it:
 *
 *     doom (commit) ──▶ unlink ──▶ fsync of the directories ──▶ forget (commit)
 */
import type { CID } from 'multiformats/cid';
import { mapConcurrent } from '../../base/async.js';
import { invariant } from '../../errors.js';
import { ioError } from '../../io/io-error.js';
import type { BlockBackend } from '../backends/block-backend.js';
import type { BlockKey } from '../block/block-id.js';
import { BlockCoder } from '../compression/block-coder.js';
import type { Compression } from '../compression/encode-block.js';
import { releaseBlock } from '../gc/release-block.js';
import { TurnGate } from '../gc/turn-gate.js';
import type { GcResult, Released } from '../ipld-store.js';
import { encodeFlatHeader } from './flat-format.js';
import { isMissingFile, type FlatFiles } from './flat-files.js';
import type { FlatIndex } from './flat-index.js';
import { FlatReader } from './flat-reader.js';
import { planFlatCollection } from './plan-flat-collection.js';
import type { StoreLock } from '../store-lock.js';

/** Files that are deleted at once: enough to keep the thread pool busy. */
const DELETIONS_AT_ONCE = 8;

/** Options of a {@link FlatBackend}. */
export interface FlatBackendOptions {
  /** directory of the store, to be named in errors */
  readonly path: string;
  readonly files: FlatFiles;
  readonly index: FlatIndex;
  /** absent where the store is only read */
  readonly lock: StoreLock | undefined;
  readonly compression: Compression;
}

/** Blocks in files of their own, with an index of references in SQLite. */
export class FlatBackend implements BlockBackend {
  readonly #options: FlatBackendOptions;
  readonly #coder: BlockCoder;
  readonly #reader: FlatReader;
  readonly #gate = new TurnGate();
  /** directories with names that this store relies on and has not made durable itself */
  readonly #unsyncedShards = new Set<number>();
  /** directories of blocks that are known to be there, durable */
  readonly #shards = new Set<number>();
  #failure: { readonly error: unknown } | undefined;

  constructor(options: FlatBackendOptions) {
    this.#options = options;
    this.#coder = new BlockCoder(options.compression);
    this.#reader = new FlatReader(options.files, this.#coder);
  }

  /**
   * Takes back the pins that an index which was lost had, and carries out a deletion that a crash has
   * interrupted. Nothing may be put before it resolves.
   */
  async recover(): Promise<void> {
    this.#options.index.references.restorePins();
    if (this.#options.index.doomed().length === 0) return;
    await this.#lock().exclusively(() => this.#deleteDoomed());
  }

  put(key: BlockKey, bytes: Uint8Array): Promise<void> {
    const copy = Uint8Array.from(bytes);
    return this.#change(() => this.#putNow(key, copy));
  }

  get(key: BlockKey): Uint8Array | undefined | Promise<Uint8Array> {
    return this.#reader.readOrLoad(key);
  }

  sizeOf(key: BlockKey): number | undefined {
    return this.#reader.sizeOf(key);
  }

  countBlocks(): number {
    let count = 0;
    for (const key of this.#options.files.keys()) if (key) count += 1;
    return count;
  }

  pin(key: BlockKey): Promise<void> {
    return this.#change(async () => {
      await this.#syncShard(this.#options.files.shardOf(key));
      this.#options.index.references.addPin(key);
    });
  }

  async countReferences(key: BlockKey): Promise<number> {
    await this.#coder.load();
    this.#count();
    return this.#options.index.references.of(key);
  }

  release(key: BlockKey): Promise<Released> {
    return this.#exclusively(async () => {
      this.#count();
      const released = this.#doomReleased(key);
      await this.#deleteDoomed();
      return released;
    });
  }

  gc(
    roots: Iterable<CID> | AsyncIterable<CID>,
    options: { readonly dryRun: boolean },
  ): Promise<GcResult> {
    return this.#exclusively(async () => {
      const { index, files } = this.#options;
      const plan = await planFlatCollection({ files, reader: this.#reader, index }, roots);
      if (options.dryRun) return plan.result;
      if (plan.dead.length > 0) {
        index.write(() => {
          for (const key of plan.dead) index.doom(key);
          index.forgetCounts();
        });
        await this.#deleteDoomed();
      }
      for (const path of plan.temporaryPaths) await this.#remove(path);
      return plan.result;
    });
  }

  flush(): Promise<void> {
    return this.#change(async () => {
      for (const shard of this.#unsyncedShards) await this.#syncShard(shard);
    });
  }

  async close(): Promise<void> {
    try {
      if (this.#options.lock) await this.flush();
    } finally {
      await this.#gate.alone(() => {
        this.#options.lock?.end();
        this.#options.index.close();
        return Promise.resolve();
      });
    }
  }

  async #putNow(key: BlockKey, bytes: Uint8Array): Promise<void> {
    const { files } = this.#options;
    if (this.#reader.inspect(key)?.header) {
      this.#unsyncedShards.add(files.shardOf(key));
      return;
    }
    if (this.#coder.compression === 'zstd') await this.#coder.load();
    const { encoding, stored } = this.#coder.encode(bytes);
    const sizes = { sizeBytes: bytes.length, storedBytes: stored.length };
    await this.#createShard(files.shardOf(key));
    await this.#writeFile(
      key,
      Buffer.concat([encodeFlatHeader({ key, encoding, ...sizes }), stored]),
    );
    await this.#syncShard(files.shardOf(key));
  }

  async #writeFile(key: BlockKey, bytes: Uint8Array): Promise<void> {
    const { files } = this.#options;
    const file = await files.createTemporary();
    try {
      try {
        await file.write(bytes);
        await file.sync();
      } finally {
        await file.close();
      }
      await files.rename(file.path, key);
    } catch (error) {
      await files.remove(file.path).catch(() => undefined);
      throw error;
    }
  }

  async #createShard(shard: number): Promise<void> {
    if (this.#shards.has(shard)) return;
    await this.#options.files.createShard(shard);
    this.#shards.add(shard);
  }

  /** A failure is final: a second sync could claim success for names that are lost. */
  async #syncShard(shard: number): Promise<void> {
    try {
      await this.#createShard(shard);
      await this.#options.files.syncShard(shard);
      this.#unsyncedShards.delete(shard);
    } catch (error) {
      throw this.#fail(error);
    }
  }

  #doomReleased(root: BlockKey): Released {
    const { index } = this.#options;
    const { references } = index;
    let released: Released = { deletedBlocks: 0, deletedBytes: 0 };
    index.write(() => {
      const doomed = new Set<BlockKey>();
      released = releaseBlock(root, {
        sizeOf: (key) => (doomed.has(key) ? undefined : this.#reader.sizeOf(key)),
        countReferences: (key) => references.of(key),
        dropPin: (key) => references.dropPin(key),
        dropLink: (key) => references.dropLink(key),
        readNode: (key) => this.#reader.read(key) ?? new Uint8Array(0),
        deleteBlock(key) {
          doomed.add(key);
          index.doom(key);
        },
      });
      references.savePinsIfChanged();
    });
    return released;
  }

  /**
   * Deletes the files of doomed blocks. After a failure nothing more may be put: what is doomed and
   * still there would be taken for stored.
   */
  async #deleteDoomed(): Promise<void> {
    const { index, files } = this.#options;
    const doomed = index.doomed();
    if (doomed.length === 0) return;
    try {
      const options = { concurrency: DELETIONS_AT_ONCE };
      await mapConcurrent(doomed, options, (key) => this.#remove(files.pathOf(key)));
      for (const shard of new Set(doomed.map((key) => files.shardOf(key)))) {
        await files.syncShard(shard);
      }
      index.forgetDoomed();
    } catch (error) {
      throw this.#fail(error);
    }
  }

  async #remove(path: string): Promise<void> {
    try {
      await this.#options.files.remove(path);
    } catch (error) {
      if (!isMissingFile(error)) throw error;
    }
  }

  #count(): void {
    this.#options.index.bringUpToDate({
      keys: () => this.#options.files.keys(),
      read: (key) => this.#reader.read(key),
    });
  }

  #change<T>(fn: () => Promise<T>): Promise<T> {
    this.#lock();
    return this.#gate.together(() => this.#attempt(fn));
  }

  #exclusively<T>(fn: () => Promise<T>): Promise<T> {
    const lock = this.#lock();
    return this.#gate.alone(async () => {
      await this.#coder.load();
      return this.#attempt(() => lock.exclusively(fn));
    });
  }

  async #attempt<T>(fn: () => Promise<T>): Promise<T> {
    if (this.#failure) throw this.#failure.error;
    try {
      return await fn();
    } catch (error) {
      throw isSystemError(error) ? ioError(error, 'write to the store', this.#options.path) : error;
    }
  }

  #fail(error: unknown): unknown {
    const failure = ioError(error, 'write to the store', this.#options.path);
    this.#failure ??= { error: failure };
    return failure;
  }

  #lock(): StoreLock {
    const { lock } = this.#options;
    invariant(lock, 'a store that is opened read-only is not written to');
    return lock;
  }
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}
