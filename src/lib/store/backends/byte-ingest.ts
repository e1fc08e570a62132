/**
 * Byte sequences on their way into a store: cut, hashed in batches beside the main thread, put in
 * order, joined.
 *
 *     pieces ─chunker─▶ chunks ─batches─▶ hashes ─put─▶ raw blocks ─layout─▶ root
 *                                └ one batch is hashed while the one before it is put ┘
 */
import type { ByteSource } from '../../base/bytes.js';
import { createHashEach, type HashEach } from '../../io/native/hash-each.js';
import { cidFromHash, RAW_CODEC } from '../block/block-id.js';
import type { Chunker } from '../chunkers/chunker.js';
import type { StoredBytes } from '../ipld-store.js';
import type { Layout, LayoutTarget } from '../layouts/layout.js';
import { takeUpTo } from '../take-up-to.js';

/** What a {@link ByteIngest} works with. */
export interface ByteIngestOptions {
  readonly chunker: Chunker;
  readonly layout: Layout;
  readonly target: LayoutTarget;
  /** Puts a raw block; returns nothing where it was taken in at once. */
  readonly putHashed: (hash: Uint8Array, bytes: Uint8Array) => void | Promise<void>;
}

/**
 * Chunks of this many `bytes` are hashed at once. A trip to the thread pool costs as much as hashing
 * some 50 KiB; two batches of a long sequence are in memory.
 */
const BATCH_BYTES = 1024 * 1024;

/** Stores byte sequences. */
export class ByteIngest {
  readonly #options: ByteIngestOptions;
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
    let hashing: Promise<readonly HashedChunk[]> | undefined;
    try {
      for await (const batch of batchesOf(chunks)) {
        const before = hashing;
        hashing = this.#hash(batch);
        // Whoever waits for it later sees the failure.
        hashing.catch(() => undefined);
        if (before) yield* await this.#putAll(await before);
      }
      if (hashing) yield* await this.#putAll(await hashing);
    } finally {
      // Whatever ended this early is thrown, not a failure of work that nobody waits for any more.
      await hashing?.catch(() => undefined);
    }
  }

  async #hash(chunks: readonly Uint8Array[]): Promise<readonly HashedChunk[]> {
    this.#hashEach ??= createHashEach();
    const hashes = await this.#hashEach(chunks);
    return hashes.map((hash, index) => ({ hash, bytes: chunks[index] as Uint8Array }));
  }

  async #putAll(chunks: readonly HashedChunk[]): Promise<StoredBytes[]> {
    const blocks: StoredBytes[] = [];
    for (const { hash, bytes } of chunks) {
      const stored = this.#options.putHashed(hash, bytes);
      if (stored) await stored;
      blocks.push({ cid: cidFromHash(RAW_CODEC, hash), sizeBytes: bytes.length });
    }
    return blocks;
  }
}

interface HashedChunk {
  readonly hash: Uint8Array;
  readonly bytes: Uint8Array;
}

async function* batchesOf(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<readonly Uint8Array[]> {
  let batch: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of chunks) {
    batch.push(chunk);
    sizeBytes += chunk.length;
    if (sizeBytes < BATCH_BYTES) continue;
    yield batch;
    batch = [];
    sizeBytes = 0;
  }
  if (batch.length > 0) yield batch;
}
