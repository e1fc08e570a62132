import { closeSync, openSync } from 'node:fs';
import { MonoError } from '../../errors.js';
import { ioError } from '../../io/io-error.js';
import { cidOfKey, type BlockKey } from '../block/block-id.js';
import type { BlockCoder } from '../compression/block-coder.js';
import { MAX_BLOCK_BYTES } from '../limits.js';
import { readAt, readInto, type PackFiles } from './pack-files.js';
import type { BlockRow } from './index/block-table.js';
import type { PackIndex } from './index/pack-index.js';
import { decodePacked, type PackedBlock } from './packed-block.js';

/** Open packs at most: far below the usual limit of 1024 descriptors, enough for 64 GiB of packs. */
const MAX_OPEN_PACKS = 64;

/** A block as it was read and checked. */
export interface ReadBlock extends PackedBlock {
  /** the block itself */
  readonly bytes: Uint8Array;
}

/** Reads blocks from packs, of which it keeps the latest ones open. */
export class PackReader {
  readonly coder: BlockCoder;
  readonly #files: PackFiles;
  readonly #index: Pick<PackIndex, 'packs'>;
  /** descriptors by pack number, the least recently used first */
  readonly #open = new Map<number, number>();

  constructor(
    files: PackFiles,
    parts: { readonly index: Pick<PackIndex, 'packs'>; readonly coder: BlockCoder },
  ) {
    this.#files = files;
    this.#index = parts.index;
    this.coder = parts.coder;
  }

  /**
   * Returns the bytes of a block, checked against its key, or `undefined` where the pack is gone or
   * holds something else at that place. The coder has loaded what the encoding needs.
   *
   * @throws {MonoError} `IO_FAILED`
   */
  read(key: BlockKey, row: BlockRow): Uint8Array | undefined {
    return this.readPacked(key, row)?.bytes;
  }

  /** Does as `read`, and returns also what is stored of the block. */
  readPacked(key: BlockKey, row: BlockRow): ReadBlock | undefined {
    const { pack, offset, encoding, size } = row;
    const descriptor = row.stored <= MAX_BLOCK_BYTES ? this.#descriptorOf(pack) : undefined;
    if (descriptor === undefined) return undefined;
    try {
      const stored = readAt(descriptor, offset, row.stored);
      const bytes = decodePacked(key, { encoding, stored, sizeBytes: size }, this.coder);
      return bytes && { encoding, stored, bytes, sizeBytes: bytes.length };
    } catch (error) {
      throw ioError(error, 'read the pack', this.pathOf(row.pack));
    }
  }

  /**
   * Reads what stands at `offset` of the pack into `target`, and returns whether there was enough.
   *
   * @throws {MonoError} `IO_FAILED`
   */
  readInto(target: Uint8Array, { pack, offset }: Pick<BlockRow, 'pack' | 'offset'>): boolean {
    const descriptor = this.#descriptorOf(pack);
    if (descriptor === undefined) return false;
    try {
      return readInto(descriptor, offset, target) === target.length;
    } catch (error) {
      throw ioError(error, 'read the pack', this.pathOf(pack));
    }
  }

  pathOf(pack: number): string {
    return this.#files.pathOf(this.#index.packs.find(pack)?.id ?? `unknown-${pack}`);
  }

  close(): void {
    for (const descriptor of this.#open.values()) closeSync(descriptor);
    this.#open.clear();
  }

  #descriptorOf(pack: number): number | undefined {
    const descriptor = this.#open.get(pack) ?? this.#openPack(pack);
    if (descriptor === undefined) return undefined;
    this.#open.delete(pack);
    this.#open.set(pack, descriptor);
    return descriptor;
  }

  #openPack(pack: number): number | undefined {
    const id = this.#index.packs.find(pack)?.id;
    if (id === undefined) return undefined;
    this.#closeOldest();
    try {
      return openSync(this.#files.pathOf(id), 'r');
    } catch (error) {
      if (isMissingFile(error)) return undefined;
      throw ioError(error, 'open the pack', this.#files.pathOf(id));
    }
  }

  #closeOldest(): void {
    if (this.#open.size < MAX_OPEN_PACKS) return;
    const [oldest] = this.#open;
    if (!oldest) return;
    closeSync(oldest[1]);
    this.#open.delete(oldest[0]);
  }
}

/** Returns the error for a block whose bytes are not where, or not what, the index says. */
export function blockCorrupt(key: BlockKey, packPath: string, offsetBytes: number): MonoError {
  const cid = cidOfKey(key).toString();
  return new MonoError(
    'STORE_BLOCK_CORRUPT',
    `Cannot read block \`${cid}\`: the pack \`${packPath}\` has other bytes at ${offsetBytes}`,
    { details: { cid, path: packPath, offsetBytes } },
  );
}

function isMissingFile(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
