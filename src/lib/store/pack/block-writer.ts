/**
 * The writing half of a packed store: puts go to the writer of their kind of pack, and a flush makes
 * what was put so far durable and then visible.
 *
 *     put ──▶ pending (memory, then pack file) ──flush: fdatasync──▶ durable ──index commit──▶ visible
 */
import { ioError } from '../../io/io-error.js';
import type { BlockKey } from '../block/block-id.js';
import type { BlockCoder } from '../compression/block-coder.js';
import type { PackKind } from './pack-format.js';
import type { PackIndex } from './index/pack-index.js';
import type { FlushLimits } from './pack-sizes.js';
import type { PackWriter } from './pack-writer.js';
import { encodeForPack, packKindOf, type PackedBlock } from './packed-block.js';
import { PendingBlocks } from './pending-blocks.js';

/** Options of a {@link BlockWriter}. */
export interface BlockWriterOptions extends FlushLimits {
  readonly index: PackIndex;
  /** directory of the packs, to be named in errors */
  readonly path: string;
  /** has loaded what it needs for compressing */
  readonly coder: BlockCoder;
  readonly createWriter: (kind: PackKind) => PackWriter;
}

/** Writes blocks to packs. After a failure every later call rejects with it. */
export class BlockWriter {
  readonly pending = new PendingBlocks();
  readonly #options: BlockWriterOptions;
  readonly #writers: Readonly<Record<PackKind, PackWriter>>;
  #flushing: Promise<void> = Promise.resolve();
  readonly #waiting = new Set<Promise<void>>();
  #isFlushScheduled = false;
  #failure: { readonly error: unknown } | undefined;

  constructor(options: BlockWriterOptions) {
    this.#options = options;
    this.#writers = { data: options.createWriter('data'), node: options.createWriter('node') };
  }

  /** Adds a block that is neither pending nor in the index. Returns at once when there is room. */
  put(key: BlockKey, bytes: Uint8Array): void | Promise<void> {
    const block = encodeForPack(key, bytes, this.#options.coder);
    const writer = this.#writers[packKindOf(key, block)];
    if (this.#failure || !writer.hasRoomFor(block.stored.length)) {
      const waiting = this.#putWhenRoom(writer, key, block).finally(() => {
        this.#waiting.delete(waiting);
      });
      this.#waiting.add(waiting);
      return waiting;
    }
    return this.#append(writer, key, block);
  }

  /**
   * Makes everything that was put before the call durable and visible.
   *
   * @throws {MonoError} `IO_FAILED`, `DISK_FULL`
   */
  flush(): Promise<void> {
    const flushed = this.#flushing.then(() => this.#flushNow());
    this.#flushing = flushed.catch(() => undefined);
    return flushed;
  }

  /** Resolves when every put that waits for room has been taken in. */
  async settle(): Promise<void> {
    await Promise.allSettled(this.#waiting);
  }

  /** Closes the packs without flushing. */
  async close(): Promise<void> {
    await this.#flushing;
    await this.#writers.data.close();
    await this.#writers.node.close();
  }

  async #putWhenRoom(writer: PackWriter, key: BlockKey, block: PackedBlock): Promise<void> {
    this.#throwFailure();
    try {
      while (!writer.hasRoomFor(block.stored.length)) await writer.makeRoom();
    } catch (error) {
      throw ioError(error, 'write packs to', this.#options.path);
    }
    if (!this.pending.get(key)) await this.#append(writer, key, block);
  }

  #append(writer: PackWriter, key: BlockKey, block: PackedBlock): void | Promise<void> {
    this.pending.add(writer.append(key, block));
    const { flushBytes, flushBlocks } = this.#options;
    const load = Math.max(this.pending.storedBytes / flushBytes, this.pending.count / flushBlocks);
    if (load < 1) return;
    const flushed = this.#flushSoon();
    if (load >= 2) return flushed;
  }

  /** Starts a flush unless one is about to start; its failure shows in the next call. */
  #flushSoon(): Promise<void> {
    if (this.#isFlushScheduled) return this.#flushing;
    this.#isFlushScheduled = true;
    this.flush().catch(() => undefined);
    return this.#flushing;
  }

  async #flushNow(): Promise<void> {
    this.#throwFailure();
    try {
      const durable = [
        ...(await this.#writers.data.drain()),
        ...(await this.#writers.node.drain()),
      ];
      if (durable.length > 0) this.#options.index.commitSegments(durable);
      this.pending.removeAll(durable);
    } catch (error) {
      const failure = ioError(error, 'write packs to', this.#options.path);
      this.#failure ??= { error: failure };
      throw failure;
    } finally {
      this.#isFlushScheduled = false;
    }
  }

  #throwFailure(): void {
    if (this.#failure) throw this.#failure.error;
  }
}
