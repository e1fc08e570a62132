/**
 * Entries on their way into a change set, in the order in which they came: the contents of small
 * files are put in batches, and an entry is written once its content, and everything before it, is
 * stored.
 *
 *     add ──▶ open batch ──full──▶ contents hashed and put ──▶ entries written
 *                                  └ while the next batch fills ┘
 *
 * A large content is stored alone, while it is read. At most two batches are in memory.
 */
import type { CID } from 'multiformats/cid';
import { BufferPool } from '../../base/buffer-pool.js';
import type { ChangeSetBuilder } from '../../fs/change-set/change-set-builder.js';
import type { BytesWriter, StoredBytes } from '../../store/ipld-store.js';
import { SMALL_CONTENT_BYTES } from '../tar/read-tar.js';
import type { TarEntry } from '../tar/tar-entry.js';
import {
  isFile,
  placementOf,
  writeEntry,
  type NameMeaning,
  type Placement,
} from './entry-writer.js';

/** Where the entries of an archive go. */
export interface EntryTarget {
  readonly store: BytesWriter;
  readonly changes: ChangeSetBuilder;
  readonly names: NameMeaning;
  /**
   * Called for every content that is not empty, in the order of the archive, also for one that the
   * change set has no use for. Where it is absent, such a content is not stored.
   */
  readonly onContent?: ((content: CID) => void) | undefined;
}

/** Contents of a batch in `bytes`: hashed in some 2 ms, for which one trip to the thread pool pays. */
const BATCH_BYTES = 2 * 1024 * 1024;
const NOTHING = new Uint8Array(0);

/** Entries of a batch: bounds what empty files and directories hold. */
const BATCH_ENTRIES = 1024;

/** Writes entries. After a failure none may be added any more. */
export class EntryBatch {
  readonly #target: EntryTarget;
  readonly #buffers = new BufferPool(BATCH_BYTES + SMALL_CONTENT_BYTES);
  #open: Batch;
  #writing: Promise<void> = Promise.resolve();

  constructor(target: EntryTarget) {
    this.#target = target;
    this.#open = this.#newBatch();
  }

  /**
   * Takes the next entry, and has consumed its content once this returns or resolves. A failure may
   * concern this entry or one before it.
   *
   * @throws {LayerFault} `LAYER_UNSAFE_PATH`, `LAYER_INVALID`
   * @throws {MonoError} whatever the store throws, and `FS_*` where the change set cannot hold it
   */
  add(entry: TarEntry): void | Promise<void> {
    const placement = placementOf(entry, this.#target.names);
    const isWanted = isFile(entry, placement);
    const isStored = isWanted || (this.#target.onContent && entry.sizeBytes > 0);
    const batch = this.#open;
    if (isStored && !Array.isArray(entry.content)) return this.#addLarge(entry, placement);
    batch.entries.push({ entry, placement, isStored: isStored ?? false });
    if (isStored) {
      const [content = NOTHING] = entry.content as readonly Uint8Array[];
      const endBytes = batch.sizeBytes + content.length;
      batch.buffer.set(content, batch.sizeBytes);
      batch.contents.push(batch.buffer.subarray(batch.sizeBytes, endBytes));
      batch.sizeBytes = endBytes;
    }
    if (batch.sizeBytes >= BATCH_BYTES || batch.entries.length >= BATCH_ENTRIES) {
      return this.#turn();
    }
  }

  /** Resolves when all entries are written. */
  async finish(): Promise<void> {
    await this.#turn();
    await this.#writing;
  }

  async #addLarge(entry: TarEntry, placement: Placement): Promise<void> {
    await this.finish();
    const content = await this.#target.store.putBytes(entry.content);
    this.#write({ entry, placement, isStored: true }, content);
  }

  /** Starts to write the open batch once the one before it is written. */
  async #turn(): Promise<void> {
    await this.#writing;
    const batch = this.#open;
    if (batch.entries.length === 0) return;
    this.#open = this.#newBatch();
    this.#writing = this.#writeAll(batch);
    // Whoever waits for it next sees the failure.
    this.#writing.catch(() => undefined);
  }

  async #writeAll({ entries, contents, buffer }: Batch): Promise<void> {
    const stored = (await this.#target.store.putEach(contents)).values();
    for (const waiting of entries) {
      this.#write(waiting, waiting.isStored ? stored.next().value : undefined);
    }
    this.#buffers.release(buffer);
  }

  #newBatch(): Batch {
    return { entries: [], contents: [], buffer: this.#buffers.take(), sizeBytes: 0 };
  }

  #write({ entry, placement }: WaitingEntry, content: StoredBytes | undefined): void {
    const { changes, onContent } = this.#target;
    writeEntry(changes, entry, content ? { placement, content } : { placement });
    if (content && content.sizeBytes > 0) onContent?.(content.cid);
  }
}

interface Batch {
  readonly entries: WaitingEntry[];
  /** of those entries that are stored, in their order: views of `buffer` */
  readonly contents: Uint8Array[];
  readonly buffer: Uint8Array<ArrayBuffer>;
  sizeBytes: number;
}

interface WaitingEntry {
  readonly entry: TarEntry;
  readonly placement: Placement;
  readonly isStored: boolean;
}
