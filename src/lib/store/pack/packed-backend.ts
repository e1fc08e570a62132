import type { CID } from 'multiformats/cid';
import { invariant } from '../../errors.js';
import { createHashEach } from '../../io/native/hash-each.js';
import type { BlockBackend, KeyedBlock } from '../backends/block-backend.js';
import { cidOfKey, type BlockKey } from '../block/block-id.js';
import type { BlockCoder } from '../compression/block-coder.js';
import { ENCODING } from '../compression/encode-block.js';
import { rootsAndPins } from '../gc/mark-reachable.js';
import type { BlockLocation, BlockReader, GcOptions, GcResult, Released } from '../ipld-store.js';
import { blockMissing } from '../store-errors.js';
import { repairPacks } from '../verify/repair-packs.js';
import { verifyPacks } from '../verify/verify-packs.js';
import type { RepairReport, VerifyOptions, VerifyReport } from '../verify/verify-report.js';
import type { BlockWriter } from './block-writer.js';
import { collectPacks } from './collect-packs.js';
import { CountTable, type CountedPacks } from './count-table.js';
import { createBlockWriter } from './create-block-writer.js';
import type { PackFiles } from './pack-files.js';
import type { BlockRow } from './index/block-table.js';
import type { PackIndex } from './index/pack-index.js';
import { blockCorrupt, PackReader } from './pack-reader.js';
import type { PackSizes } from './pack-sizes.js';
import { readPending } from './read-pending.js';
import { readRuns } from './read-runs.js';
import { releasePacked } from './release-packed.js';
import type { WriterSession } from './session.js';
import type { WritablePacks } from './writable-packs.js';

/** Options of a {@link PackedBackend}. */
export interface PackedBackendOptions {
  readonly index: PackIndex;
  readonly files: PackFiles;
  readonly sizes: PackSizes;
  /** absent where the store is only read */
  readonly session: WriterSession | undefined;
  readonly coder: BlockCoder;
}

/** Blocks in pack files with an index in SQLite. */
export class PackedBackend implements BlockBackend {
  readonly #options: PackedBackendOptions;
  readonly #reader: PackReader;
  readonly #counts: CountTable;
  readonly #hashEach = createHashEach();
  #writer: BlockWriter;
  #collecting: Promise<unknown> | undefined;
  #verifying: Promise<unknown> | undefined;

  constructor(options: PackedBackendOptions) {
    this.#options = options;
    this.#reader = new PackReader(options.files, options);
    this.#counts = new CountTable(this.#packs());
    this.#writer = createBlockWriter(this.#writable(options.session));
  }

  put(key: BlockKey, bytes: Uint8Array): void | Promise<void> {
    invariant(this.#options.session, 'a store that is opened read-only is not written to');
    if (this.#collecting) return this.#putAfterCollection(key, bytes);
    if (this.#writer.pending.get(key) || this.#options.index.blocks.has(key)) return;
    return this.#writer.put(key, bytes);
  }

  /** Looks all blocks up at once: a look-up of its own takes longer to begin and end than to do. */
  async putAll(blocks: readonly KeyedBlock[]): Promise<void> {
    invariant(this.#options.session, 'a store that is opened read-only is not written to');
    await this.#collecting;
    const writer = this.#writer;
    const keys = blocks.map(({ key }) => key);
    const known = new Set(keys.filter((key) => writer.pending.get(key)));
    for (const key of this.#options.index.blocks.known(keys)) known.add(key);
    for (const { key, bytes } of blocks) {
      // Since a collection began, what was known before may be gone.
      const isCurrent = !this.#collecting && this.#writer === writer;
      if (isCurrent && known.has(key)) continue;
      known.add(key);
      const stored = isCurrent ? writer.put(key, bytes) : this.put(key, bytes);
      if (stored) await stored;
    }
  }

  get(key: BlockKey): Uint8Array | undefined | Promise<Uint8Array | undefined> {
    const pending = this.#writer.pending.get(key);
    if (pending) return readPending(pending, this.#reader);
    let row = this.#options.index.blocks.find(key);
    while (row) {
      if (this.#options.coder.needsLoad(row.encoding)) return this.#getWhenLoaded(key);
      const bytes = this.#reader.read(key, row);
      if (bytes) return bytes;
      const latest = this.#options.index.blocks.find(key);
      if (latest && isSamePlace(row, latest)) {
        throw blockCorrupt(key, this.#reader.pathOf(row.pack), row.offset);
      }
      row = latest;
    }
    return undefined;
  }

  async getMany(
    keys: readonly BlockKey[],
    take: (bytes: Uint8Array, position: number) => void,
  ): Promise<readonly number[]> {
    const { blocks } = this.#options.index;
    return readRuns({ keys, take }, { blocks, reader: this.#reader, hashEach: this.#hashEach });
  }

  sizeOf(key: BlockKey): number | undefined {
    return this.#writer.pending.get(key)?.sizeBytes ?? this.#options.index.blocks.find(key)?.size;
  }

  countBlocks(): number {
    const { index } = this.#options;
    let count = index.blocks.count();
    for (const key of this.#writer.pending.keys()) if (!index.blocks.has(key)) count += 1;
    return count;
  }

  /** Returns how many bytes of a pack a durable block takes. */
  storedBytesOf(key: BlockKey): number | undefined {
    return this.#options.index.blocks.find(key)?.stored;
  }

  /** Returns where each of the blocks lies that is durable and kept as it is. */
  locate(keys: readonly (BlockKey | undefined)[]): (BlockLocation | undefined)[] {
    const paths = new Map<number, string>();
    return this.#options.index.blocks.findAll(keys).map((row) => {
      if (row?.encoding !== ENCODING.plain) return undefined;
      const packPath = paths.get(row.pack) ?? this.#reader.pathOf(row.pack);
      paths.set(row.pack, packPath);
      return { packPath, offsetBytes: row.offset, lengthBytes: row.stored };
    });
  }

  async pin(key: BlockKey): Promise<void> {
    invariant(this.#options.session, 'a store that is opened read-only is not written to');
    await this.flush();
    if (!this.#options.index.blocks.has(key)) throw blockMissing(cidOfKey(key));
    this.#options.index.references.addPin(key);
  }

  async countReferences(key: BlockKey): Promise<number> {
    await this.flush();
    await this.#counts.bringUpToDate();
    return this.#options.index.references.of(key);
  }

  release(key: BlockKey): Promise<Released> {
    return this.#exclusively(async () => {
      await this.#counts.bringUpToDate();
      return releasePacked(key, this.#packs());
    });
  }

  gc(
    roots: Iterable<CID> | AsyncIterable<CID>,
    options: GcOptions & { readonly dryRun: boolean },
  ): Promise<GcResult> {
    return this.#exclusively((session) => {
      const all = rootsAndPins(roots, this.#options.index.references.pinned());
      const store = { ...this.#packs(), ...this.#writable(session) };
      return collectPacks(store, all, options);
    });
  }

  async verify(options: VerifyOptions): Promise<VerifyReport> {
    invariant(this.#options.session, 'only the lock of a writer keeps packs from being deleted');
    await this.flush();
    const running = verifyPacks(this.#options, options);
    this.#verifying = Promise.allSettled([this.#verifying, running]);
    return running;
  }

  repair(sources: readonly BlockReader[], options: VerifyOptions): Promise<RepairReport> {
    return this.#exclusively((session) => {
      return repairPacks({ store: this.#writable(session), sources }, options);
    });
  }

  async flush(): Promise<void> {
    await this.#collecting;
    await this.#writer.flush();
  }

  async close(): Promise<void> {
    await this.#collecting;
    await this.#verifying;
    try {
      await this.#writer.flush();
    } finally {
      await this.#release();
    }
  }

  /** Gives everything back to the system, whichever part of that fails. */
  async #release(): Promise<void> {
    try {
      await this.#writer.close();
    } finally {
      this.#reader.close();
      try {
        this.#options.session?.end();
      } finally {
        this.#options.index.close();
      }
    }
  }

  async #getWhenLoaded(key: BlockKey): Promise<Uint8Array | undefined> {
    await this.#options.coder.load();
    return this.get(key);
  }

  async #putAfterCollection(key: BlockKey, bytes: Uint8Array): Promise<void> {
    await this.#collecting;
    await this.put(key, bytes);
  }

  /** Runs `fn` with everything flushed and nobody else, this store included, writing. */
  async #exclusively<T>(fn: (session: WriterSession) => Promise<T>): Promise<T> {
    while (this.#collecting) await this.#collecting;
    const running = this.#runExclusively(fn);
    this.#collecting = running.catch(() => undefined);
    try {
      return await running;
    } finally {
      this.#collecting = undefined;
    }
  }

  async #runExclusively<T>(fn: (session: WriterSession) => Promise<T>): Promise<T> {
    const { session } = this.#options;
    invariant(session, 'a store that is opened read-only is not written to');
    await this.#verifying;
    await this.#writer.settle();
    await this.#writer.flush();
    await this.#writer.close();
    try {
      session.releasePacks();
      return await session.exclusively(async () => {
        if (this.#options.index.packs.hasCompressed()) await this.#options.coder.load();
        const result = await fn(session);
        session.releasePacks();
        return result;
      });
    } finally {
      this.#reader.close();
      this.#writer = createBlockWriter(this.#writable(session));
    }
  }

  #packs(): CountedPacks {
    const { index, files } = this.#options;
    return { index, files, reader: this.#reader };
  }

  #writable(session: WriterSession | undefined): WritablePacks {
    const { index, files, sizes, coder } = this.#options;
    return { index, files, sizes, coder, session: () => session?.row ?? 0 };
  }
}

function isSamePlace(row: BlockRow, other: BlockRow): boolean {
  return row.pack === other.pack && row.offset === other.offset;
}
