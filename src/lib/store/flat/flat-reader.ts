import { closeSync, fstatSync, openSync } from 'node:fs';
import { MonoError } from '../../errors.js';
import { ioError } from '../../io/io-error.js';
import { cidOfKey, isContentOf, type BlockKey } from '../block/block-id.js';
import { BlockCoder } from '../compression/block-coder.js';
import { readAt } from '../pack/pack-files.js';
import {
  FLAT_HEADER_BYTES,
  MAX_FLAT_FILE_BYTES,
  parseFlatHeader,
  type FlatHeader,
} from './flat-format.js';
import { isMissingFile, type FlatFiles } from './flat-files.js';

/** What stands in a block file, as far as its header can tell. */
export interface FlatFileState {
  readonly fileBytes: number;
  /** absent where the header is damaged, of another block, or does not fit the file's length */
  readonly header: FlatHeader | undefined;
}

/** A block file whose header is sound. */
interface BlockFile extends FlatHeader {
  readonly stored: Uint8Array;
  readonly path: string;
}

/** Reads block files. */
export class FlatReader {
  readonly #files: Pick<FlatFiles, 'pathOf'>;
  readonly #coder: BlockCoder;

  constructor(files: Pick<FlatFiles, 'pathOf'>, coder = new BlockCoder()) {
    this.#files = files;
    this.#coder = coder;
  }

  /**
   * Returns the bytes of a block, checked against its key, `undefined` where it has no file. The
   * coder has loaded what the encoding needs.
   *
   * @throws {MonoError} `STORE_BLOCK_CORRUPT`, `STORE_FORMAT_UNSUPPORTED`, `IO_FAILED`
   */
  read(key: BlockKey): Uint8Array | undefined {
    const file = this.#readFile(key);
    return file && this.#contentOf(file);
  }

  /** Returns as `read` does, having loaded what the encoding needs. */
  readOrLoad(key: BlockKey): Uint8Array | undefined | Promise<Uint8Array> {
    const file = this.#readFile(key);
    if (!file) return undefined;
    if (!this.#coder.needsLoad(file.encoding)) return this.#contentOf(file);
    return this.#coder.load().then(() => this.#contentOf(file));
  }

  /**
   * Returns the length of a block in bytes without reading it, `undefined` where it has no file.
   *
   * @throws {MonoError} `STORE_BLOCK_CORRUPT`, `STORE_FORMAT_UNSUPPORTED`, `IO_FAILED`
   */
  sizeOf(key: BlockKey): number | undefined {
    const state = this.inspect(key);
    if (state && !state.header) throw corrupt(key, this.#files.pathOf(key));
    return state?.header?.sizeBytes;
  }

  /**
   * Returns what the header and the length of a block's file say, `undefined` where it has no file.
   *
   * @throws {MonoError} `STORE_FORMAT_UNSUPPORTED`, `IO_FAILED`
   */
  inspect(key: BlockKey): FlatFileState | undefined {
    return this.#withFile(key, (descriptor, path) => {
      const fileBytes = fstatSync(descriptor).size;
      const header = parseFlatHeader(readAt(descriptor, 0, FLAT_HEADER_BYTES), path);
      const isSound = header?.key === key && header.storedBytes === fileBytes - FLAT_HEADER_BYTES;
      return { fileBytes, header: isSound ? header : undefined };
    });
  }

  #readFile(key: BlockKey): BlockFile | undefined {
    return this.#withFile(key, (descriptor, path) => {
      const { size } = fstatSync(descriptor);
      const file = readAt(descriptor, 0, Math.min(size, MAX_FLAT_FILE_BYTES + 1));
      const header = parseFlatHeader(file, path);
      const stored = file.subarray(FLAT_HEADER_BYTES);
      if (header?.key !== key || header.storedBytes !== stored.length) throw corrupt(key, path);
      return { ...header, stored, path };
    });
  }

  #contentOf(file: BlockFile): Uint8Array {
    const bytes = this.#coder.decode(file);
    if (bytes && isContentOf(file.key, bytes)) return bytes;
    throw corrupt(file.key, file.path);
  }

  #withFile<T>(key: BlockKey, fn: (descriptor: number, path: string) => T): T | undefined {
    const path = this.#files.pathOf(key);
    let descriptor: number | undefined;
    try {
      descriptor = openSync(path, 'r');
      return fn(descriptor, path);
    } catch (error) {
      if (descriptor === undefined && isMissingFile(error)) return undefined;
      throw ioError(error, 'read the block file', path);
    } finally {
      if (descriptor !== undefined) closeSync(descriptor);
    }
  }
}

function corrupt(key: BlockKey, path: string): MonoError {
  const cid = cidOfKey(key).toString();
  return new MonoError(
    'STORE_BLOCK_CORRUPT',
    `Cannot read block \`${cid}\`: the file \`${path}\` has other bytes`,
    { details: { cid, path } },
  );
}
