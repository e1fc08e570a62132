/**
 * Byte sequences on their way into a store: cut, hashed in batches beside the main thread, put in
 * order, joined.
 *
 *     pieces ─chunker─▶ chunks ─batches─▶ hashes ─put─▶ raw blocks ─layout─▶ root
 *                                └ one batch is hashed while the one before it is put ┘
 */
import { BufferPool } from '../../base/buffer-pool.js';
import type { ByteSource } from '../../base/bytes.js';
import { createHashEach, type HashEach } from '../../io/native/hash-each.js';
import { cidFromHash, RAW_CODEC } from '../block/block-id.js';
import type { Chunker } from '../chunkers/chunker.js';
import type { StoredBytes } from '../ipld-store.js';
import type { Layout, LayoutTarget } from '../layouts/layout.js';
import { MAX_BLOCK_BYTES } from '../limits.js';
import { takeUpTo } from '../take-up-to.js';

/** What a {@link ByteIngest} works with. */
export interface ByteIngestOptions {
  readonly chunker: Chunker;
  readonly layout: Layout;
  readonly target: LayoutTarget;
  /** Puts raw blocks, in order. */
  readonly putHashed: (chunks: readonly HashedChunk[]) => Promise<void>;
}

/**
 * Chunks of at most this many `bytes` are hashed at once: the largest block. A trip to the thread pool
 * costs as much as hashing some 50 KiB; two batches of a long sequence are in memory.
 */
const BATCH_BYTES = MAX_BLOCK_BYTES;

/** Stores byte sequences. */
export class ByteIngest {
  readonly #options: ByteIngestOptions;
  readonly #buffers = new BufferPool(BATCH_BYTES);
  #hashEach: HashEach | undefined;

  constructor(options: ByteIngestOptions) {
    this.#options = options;
  }

  /** As `BytesWriter.putBytes`. */
  async putBytes(source: ByteSource): Promise<StoredBytes> {
    const { chunker, layout, target } = this.#options;
    const head = await takeUpTo(source, chunker.wholeUpToBytes);
    if (!head.whole) return layout(this.#putChunks(chunker(head.source)), target);
    return { cid: await target.putRawBlock(head.whole), sizeBytes: head.whole.length };
  }

  /** As `BytesWriter.putEach`. */
  async putEach(contents: readonly Uint8Array[]): Promise<readonly StoredBytes[]> {
    const { chunker, layout, target } = this.#options;
    const cut = contents.map((content) =>
      content.length <= chunker.wholeUpToBytes ? [content] : chunker.chunksOf(content),
    );
    const blocks = await this.#putAll(await this.#hash(cut.flat()));
    let first = 0;
    const roots: StoredBytes[] = [];
    for (const { length } of cut) {
      const only = length === 1 ? blocks[first] : undefined;
      roots.push(only ?? (await layout(blocks.slice(first, first + length), target)));
      first += length;
    }
    return roots;
  }

  async *#putChunks(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<StoredBytes> {
    let hashing: Promise<HashedBatch> | undefined;
    try {
      for await (const batch of this.#batchesOf(chunks)) {
        const before = hashing;
        hashing = this.#hashBatch(batch);
        // Whoever waits for it later sees the failure.
        hashing.catch(() => undefined);
        if (before) yield* await this.#putBatch(await before);
      }
      if (hashing) yield* await this.#putBatch(await hashing);
    } finally {
      // Whatever ended this early is thrown, not a failure of work that nobody waits for any more.
      await hashing?.catch(() => undefined);
    }
  }

  /** Copies the chunks, which share memory with pieces that their source may use again. */
  async *#batchesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Batch> {
    let batch = this.#newBatch();
    for await (const chunk of chunks) {
      if (batch.sizeBytes + chunk.length > batch.buffer.length) {
        yield batch;
        batch = this.#newBatch();
      }
      batch.chunks.push(copyTo(batch, chunk));
      batch.sizeBytes += chunk.length;
    }
    yield batch;
  }

  #newBatch(): Batch {
    return { buffer: this.#buffers.take(), chunks: [], sizeBytes: 0 };
  }

  async #hashBatch({ buffer, chunks }: Batch): Promise<HashedBatch> {
    return { buffer, chunks: await this.#hash(chunks) };
  }

  async #putBatch({ buffer, chunks }: HashedBatch): Promise<readonly StoredBytes[]> {
    const blocks = await this.#putAll(chunks);
    this.#buffers.release(buffer);
    return blocks;
  }

  async #hash(chunks: readonly Uint8Array[]): Promise<readonly HashedChunk[]> {
    this.#hashEach ??= createHashEach();
    const hashes = await this.#hashEach(chunks);
    return hashes.map((hash, index) => ({ hash, bytes: chunks[index] as Uint8Array }));
  }

  async #putAll(chunks: readonly HashedChunk[]): Promise<StoredBytes[]> {
    await this.#options.putHashed(chunks);
    return chunks.map(({ hash, bytes }) => ({
      cid: cidFromHash(RAW_CODEC, hash),
      sizeBytes: bytes.length,
    }));
  }
}

/** A chunk and its SHA-256 hash. */
export interface HashedChunk {
  readonly hash: Uint8Array;
  readonly bytes: Uint8Array;
}

interface Batch {
  readonly buffer: Uint8Array<ArrayBuffer>;
  /** views of `buffer` */
  readonly chunks: Uint8Array[];
  sizeBytes: number;
}

/** A chunk that is larger than any block is left to be refused by its put. */
function copyTo({ buffer, sizeBytes }: Batch, chunk: Uint8Array): Uint8Array {
  if (chunk.length > buffer.length) return chunk.slice();
  const copy = buffer.subarray(sizeBytes, sizeBytes + chunk.length);
  copy.set(chunk);
  return copy;
}

interface HashedBatch {
  readonly buffer: Uint8Array<ArrayBuffer>;
  readonly chunks: readonly HashedChunk[];
}
