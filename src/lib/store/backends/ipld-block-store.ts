import * as dagCbor from '@ipld/dag-cbor';
import type { CID } from 'multiformats/cid';
import type { ByteSource } from '../../base/bytes.js';
import { invariant, MonoError } from '../../errors.js';
import type { BlockBackend } from './block-backend.js';
import {
  cidFromHash,
  hashOf,
  isContentOf,
  keyFromHash,
  keyOfCid,
  NODE_CODEC,
  RAW_CODEC,
  type BlockCodec,
  type BlockKey,
} from '../block/block-id.js';
import { ByteIngest, type HashedChunk } from './byte-ingest.js';
import { defaultChunker, defaultLayout, type ByteStrategies } from './default-strategies.js';
import type {
  ByteRange,
  GcOptions,
  GcResult,
  IpldStore,
  Released,
  StoredBytes,
} from '../ipld-store.js';
import { encodePlainNode } from '../block/encode-plain-node.js';
import { getCidSize } from '../layouts/cid-size.js';
import { MAX_BLOCK_BYTES } from '../limits.js';
import { decodeNode } from '../block/links-of.js';
import { readBytes } from '../read-bytes.js';
import { blockMissing, codecMismatch, nodeInvalid } from '../store-errors.js';

/** The key of no block. */
const NO_KEY = '' as BlockKey;

/** An `IpldStore` over any backend: codecs, chunking, layout and limits are the same for all. */
export class IpldBlockStore implements IpldStore {
  readonly #backend: BlockBackend;
  readonly #ingest: ByteIngest;
  #closing: Promise<void> | undefined;

  constructor(backend: BlockBackend, strategies: ByteStrategies = {}) {
    this.#backend = backend;
    this.#ingest = new ByteIngest({
      chunker: strategies.chunker ?? defaultChunker(),
      layout: strategies.layout ?? defaultLayout(),
      target: this,
      putHashed: (chunks) => this.#putChunks(chunks),
    });
  }

  async getBlock(cid: CID): Promise<Uint8Array> {
    const key = keyOfCid(cid);
    const bytes = key === undefined ? undefined : await this.#open().get(key);
    if (bytes) return bytes;
    throw blockMissing(cid);
  }

  async readBlocks(
    cids: readonly CID[],
    take: (bytes: Uint8Array, position: number) => void,
  ): Promise<void> {
    const keys = cids.map((cid) => keyOfCid(cid) ?? NO_KEY);
    const left = await this.#open().getMany?.(keys, take);
    for (const position of left ?? cids.keys()) {
      take(await this.getBlock(cids[position] as CID), position);
    }
  }

  async has(cid: CID): Promise<boolean> {
    const key = keyOfCid(cid);
    return key !== undefined && (await this.#open().sizeOf(key)) !== undefined;
  }

  async getNode(cid: CID): Promise<unknown> {
    if (cid.code !== NODE_CODEC) throw codecMismatch(cid, 'a node');
    return decodeNode(cid, await this.getBlock(cid));
  }

  async putNode(value: unknown): Promise<CID> {
    return this.#put(NODE_CODEC, encodeNode(value));
  }

  async putRawBlock(bytes: Uint8Array): Promise<CID> {
    return this.#put(RAW_CODEC, bytes);
  }

  async getRawBlock(cid: CID): Promise<Uint8Array> {
    if (cid.code !== RAW_CODEC) throw codecMismatch(cid, 'a raw block');
    return this.getBlock(cid);
  }

  async putBlock(cid: CID, bytes: Uint8Array): Promise<void> {
    const key = keyOfCid(cid);
    if (key === undefined) throw codecMismatch(cid, 'a block of a store');
    if (bytes.length > MAX_BLOCK_BYTES) throw tooLarge(bytes.length);
    if (!isContentOf(key, bytes)) throw foreignContent(cid);
    if (cid.code === NODE_CODEC) checkCanonical(cid, bytes);
    await this.#open().put(key, bytes);
  }

  async putBytes(source: ByteSource): Promise<StoredBytes> {
    return this.#ingest.putBytes(source);
  }

  async putEach(contents: readonly Uint8Array[]): Promise<readonly StoredBytes[]> {
    return this.#ingest.putEach(contents);
  }

  getBytes(cid: CID, range: ByteRange = {}): AsyncIterable<Uint8Array> {
    const { offsetBytes = 0, lengthBytes = 0 } = range;
    invariant(offsetBytes >= 0 && lengthBytes >= 0, 'a byte range does not start or end below 0');
    return readBytes(this, cid, range);
  }

  async getCidSize(cid: CID): Promise<number> {
    return getCidSize(cid, {
      getBlock: (root) => this.getBlock(root),
      sizeOfRaw: (raw) => this.#sizeOfRaw(raw),
    });
  }

  async getBlockCount(): Promise<number> {
    return this.#open().countBlocks();
  }

  async isEmpty(): Promise<boolean> {
    return (await this.getBlockCount()) === 0;
  }

  async pin(cid: CID): Promise<void> {
    const key = keyOfCid(cid);
    if (key === undefined || (await this.#open().sizeOf(key)) === undefined) {
      throw blockMissing(cid);
    }
    await this.#open().pin(key);
  }

  async getReferenceCount(cid: CID): Promise<number> {
    const key = keyOfCid(cid);
    return key === undefined ? 0 : this.#open().countReferences(key);
  }

  async dereference(cid: CID): Promise<Released> {
    const key = keyOfCid(cid);
    if (key === undefined) return { deletedBlocks: 0, deletedBytes: 0 };
    return this.#open().release(key);
  }

  async gc(roots: Iterable<CID> | AsyncIterable<CID>, options: GcOptions = {}): Promise<GcResult> {
    return this.#open().gc(roots, { ...options, dryRun: options.dryRun ?? false });
  }

  async flush(): Promise<void> {
    return this.#open().flush();
  }

  close(): Promise<void> {
    this.#closing ??= this.#backend.close();
    return this.#closing;
  }

  async #sizeOfRaw(cid: CID): Promise<number> {
    const key = keyOfCid(cid);
    const sizeBytes = key === undefined ? undefined : await this.#open().sizeOf(key);
    if (sizeBytes === undefined) throw blockMissing(cid);
    return sizeBytes;
  }

  async #put(codec: BlockCodec, bytes: Uint8Array): Promise<CID> {
    if (bytes.length > MAX_BLOCK_BYTES) throw tooLarge(bytes.length);
    const hash = hashOf(bytes);
    const stored = this.#open().put(keyFromHash(codec, hash), bytes);
    if (stored) await stored;
    return cidFromHash(codec, hash);
  }

  async #putChunks(chunks: readonly HashedChunk[]): Promise<void> {
    const blocks = chunks.map(({ hash, bytes }) => {
      if (bytes.length > MAX_BLOCK_BYTES) throw tooLarge(bytes.length);
      return { key: keyFromHash(RAW_CODEC, hash), bytes };
    });
    const backend = this.#open();
    if (backend.putAll) return backend.putAll(blocks);
    for (const { key, bytes } of blocks) await backend.put(key, bytes);
  }

  #open(): BlockBackend {
    if (!this.#closing) return this.#backend;
    throw new MonoError('STORE_CLOSED', 'Cannot use the store: it is closed');
  }
}

function checkCanonical(cid: CID, bytes: Uint8Array): void {
  const canonical = encodeNode(decodeNode(cid, bytes));
  if (Buffer.compare(canonical, bytes) !== 0) throw nodeInvalid(cid, 'not canonical dag-cbor');
}

function encodeNode(value: unknown): Uint8Array {
  return encodePlainNode(value) ?? dagCbor.encode(value);
}

function foreignContent(cid: CID): MonoError {
  const text = cid.toString();
  return new MonoError('STORE_BLOCK_CORRUPT', `Cannot store block \`${text}\`: its bytes differ`, {
    details: { cid: text },
  });
}

function tooLarge(sizeBytes: number): MonoError {
  return new MonoError(
    'STORE_BLOCK_TOO_LARGE',
    `Cannot store a block of ${sizeBytes} bytes: the limit is ${MAX_BLOCK_BYTES}`,
    { details: { sizeBytes, limitBytes: MAX_BLOCK_BYTES } },
  );
}
