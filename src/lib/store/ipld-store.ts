import type { CID } from 'multiformats/cid';
import type { ByteSource } from '../base/bytes.js';

/** Reads encoded blocks by CID. */
export interface BlockReader {
  /**
   * Returns the encoded bytes of a block, checked against its CID.
   *
   * @throws {MonoError} `STORE_BLOCK_MISSING`, `STORE_BLOCK_CORRUPT`
   */
  getBlock(cid: CID): Promise<Uint8Array>;
  /** Returns whether the store has the block. */
  has(cid: CID): Promise<boolean>;
}

/** Reads many blocks at once, in much less time than one by one where they are short. */
export interface BulkReader {
  /**
   * Gives each of the blocks `cids` to `take`, checked against its CID, with its position in `cids`;
   * in whatever order they are read quickest. `bytes` stay as they are only until `take` returns.
   *
   * @throws {MonoError} as `getBlock`
   */
  readBlocks(
    cids: readonly CID[],
    take: (bytes: Uint8Array, position: number) => void,
  ): Promise<void>;
}

/** Reads dag-cbor nodes. */
export interface NodeReader {
  /**
   * Returns the decoded node.
   *
   * @throws {MonoError} `STORE_BLOCK_MISSING`, `STORE_BLOCK_CORRUPT`, `STORE_CODEC_MISMATCH`, `STORE_NODE_INVALID`
   */
  getNode(cid: CID): Promise<unknown>;
}

/** Writes dag-cbor nodes. */
export interface NodeWriter {
  /**
   * Stores `value` in canonical dag-cbor. Idempotent.
   *
   * @throws {MonoError} `STORE_BLOCK_TOO_LARGE`
   */
  putNode(value: unknown): Promise<CID>;
}

/** A part of some bytes. Reaching beyond the end is allowed and yields what there is. */
export interface ByteRange {
  readonly offsetBytes?: number;
  readonly lengthBytes?: number;
}

/** Reads byte sequences of any length by the CID of their root. */
export interface BytesReader {
  /** Yields the bytes in order. Throws as `getBlock` does, before any wrong byte is yielded. */
  getBytes(cid: CID, range?: ByteRange): AsyncIterable<Uint8Array>;
  /**
   * Returns the length in bytes of the byte sequence under a raw or layout CID, and of the encoded
   * block for any other node, without reading content.
   */
  getCidSize(cid: CID): Promise<number>;
}

/** A byte sequence as it was stored. */
export interface StoredBytes {
  readonly cid: CID;
  /** length of the whole sequence in `bytes` */
  readonly sizeBytes: number;
}

/** Writes byte sequences of any length. */
export interface BytesWriter {
  /**
   * Chunks, lays out and stores `source`. The CID depends on the bytes alone, never on how the
   * source is sliced. A piece need stay as it is only until the next one is asked for. Rejects, and
   * stores no root, when the source fails.
   */
  putBytes(source: ByteSource): Promise<StoredBytes>;
  /**
   * Stores each of `contents`, in order, as `putBytes` would, and returns them in that order: for
   * many short ones, whose hashing then runs beside the caller's work. Nobody may change them before
   * it resolves.
   */
  putEach(contents: readonly Uint8Array[]): Promise<readonly StoredBytes[]>;
}

/** Reads and writes single raw blocks. */
export interface RawBlocks {
  /**
   * @throws {MonoError} `STORE_BLOCK_TOO_LARGE`
   */
  putRawBlock(bytes: Uint8Array): Promise<CID>;
  /**
   * @throws {MonoError} as `getBlock`, and `STORE_CODEC_MISMATCH` unless the CID's codec is raw
   */
  getRawBlock(cid: CID): Promise<Uint8Array>;
}

/** Takes encoded blocks that were made elsewhere. */
export interface BlockImporter {
  /**
   * Stores an encoded block under its CID, after checking that it is what a put would have made: its
   * bytes match the CID, and a node is canonical dag-cbor. Idempotent.
   *
   * @throws {MonoError} `STORE_CODEC_MISMATCH` for a CID that no put makes, `STORE_BLOCK_CORRUPT`,
   *   `STORE_NODE_INVALID`, `STORE_BLOCK_TOO_LARGE`
   */
  putBlock(cid: CID, bytes: Uint8Array): Promise<void>;
}

/** What the filesystem and image layers need of a store. */
export interface ContentStore
  extends BlockReader, BulkReader, NodeReader, NodeWriter, BytesReader, BytesWriter, RawBlocks {}

/** Options of a collection. */
export interface GcOptions {
  /** count what would be deleted, exactly, and delete nothing */
  readonly dryRun?: boolean;
  /**
   * Returns the paths of those of the store's files that somebody maps: no live block in them is
   * moved. It is asked when the roots are known.
   */
  readonly mappedFiles?: (() => Promise<ReadonlySet<string>>) | undefined;
}

/** What a collection deleted, or would delete. */
export interface GcResult {
  readonly deletedBlocks: number;
  /** encoded size of the deleted blocks in `bytes` */
  readonly deletedBytes: number;
  readonly keptBlocks: number;
  /** space given back to the medium in `bytes` */
  readonly reclaimedBytes: number;
}

/** Deletes what nobody needs. */
export interface GarbageCollected {
  /**
   * Deletes every block that cannot be reached from `roots` or pins; with `dryRun` only counts.
   *
   * `roots` is consumed only once no other process can write to the store any more, so pass a
   * generator that reads them then: a list made before may lack what was installed meanwhile. A
   * root that the store does not have is passed over.
   *
   * @throws {MonoError} `STORE_LOCKED` while another process has the store open for writing;
   *   `STORE_BLOCK_MISSING`, `STORE_BLOCK_CORRUPT`, `STORE_NODE_INVALID`, with nothing deleted, when a
   *   node below a root cannot be read
   */
  gc(roots: Iterable<CID> | AsyncIterable<CID>, options?: GcOptions): Promise<GcResult>;
}

/** What dropping a reference deleted. */
export interface Released {
  readonly deletedBlocks: number;
  /** encoded size of the deleted blocks in `bytes` */
  readonly deletedBytes: number;
}

/**
 * Counts references. The references of a block are the stored blocks that link to it, each once
 * however often it does, and its pins. A block that was only put has none and stays until it is
 * dereferenced or collected.
 */
export interface ReferenceCounted {
  /**
   * Adds a pin: a reference from outside the store, which collection respects like a root. Each pin
   * takes one `dereference` to drop.
   *
   * @throws {MonoError} `STORE_BLOCK_MISSING`
   */
  pin(cid: CID): Promise<void>;
  /** Returns the number of references, 0 also for a block that the store does not have. */
  getReferenceCount(cid: CID): Promise<number>;
  /**
   * Drops one pin, if the block has any; then, if it has no reference left, deletes it and, in turn,
   * every block below it that has lost its last reference by that.
   *
   * @throws {MonoError} `STORE_LOCKED` while another process has the store open for writing;
   *   `STORE_BLOCK_CORRUPT`, `STORE_NODE_INVALID`, with nothing deleted, when a node that is to be
   *   deleted cannot be read
   */
  dereference(cid: CID): Promise<Released>;
}

/** Where the bytes of a block lie in a file, uncompressed and in one piece. */
export interface BlockLocation {
  readonly packPath: string;
  readonly offsetBytes: number;
  readonly lengthBytes: number;
}

/** A store that can say where blocks lie, so that they can be mapped in place. */
export interface BlockLocator {
  /**
   * Returns where each of the blocks lies; `undefined` where the store does not have it, has not made
   * it durable yet, or does not keep it as it is. Holds until the next collection.
   */
  locate(cids: readonly CID[]): readonly (BlockLocation | undefined)[];
}

/**
 * A store of IPLD blocks: CIDv1, sha2-256, codecs raw and dag-cbor, encoding always canonical.
 *
 * A block that was put can be read back through the same object at once. It is visible to other
 * processes, and survives a crash, once `flush` (or `close`, which flushes) has resolved. Bytes that
 * a store returns may be shared: nobody may change them.
 */
export interface IpldStore extends ContentStore, BlockImporter, ReferenceCounted, GarbageCollected {
  getBlockCount(): Promise<number>;
  isEmpty(): Promise<boolean>;
  flush(): Promise<void>;
  close(): Promise<void>;
}
