import {
  decodeBlock,
  encodeBlock,
  ENCODING,
  type Compression,
  type EncodedBlock,
} from './encode-block.js';
import { loadZstd, type Zstd } from './zstd.js';

/** Compresses the blocks of one open store as it was told to, and reads them in every encoding. */
export class BlockCoder {
  readonly compression: Compression;
  #zstd: Zstd | undefined;

  constructor(compression: Compression = 'none') {
    this.compression = compression;
  }

  /** Loads Zstandard, which takes longer than opening a store: only where it is needed. */
  async load(): Promise<void> {
    this.#zstd ??= await loadZstd();
  }

  /** Returns whether blocks of this encoding can be decoded only after {@link BlockCoder.load}. */
  needsLoad(encoding: number): boolean {
    return encoding === ENCODING.zstd && !this.#zstd;
  }

  /** Returns `bytes` compressed, or as they are where that is not shorter. */
  encode(bytes: Uint8Array): EncodedBlock {
    return encodeBlock(bytes, { compression: this.compression, zstd: this.#zstd });
  }

  /**
   * Returns the bytes of a block, `undefined` where it is not encoded as it says or is not
   * `sizeBytes` long; never more than that is in memory.
   */
  decode(block: EncodedBlock & { readonly sizeBytes: number }): Uint8Array | undefined {
    return decodeBlock(block, this.#zstd);
  }
}
