import { closeSync, openSync } from 'node:fs';
import { MonoError } from '../../errors.js';
import { ioError } from '../../io/io-error.js';
import { cidOfKey, isContentOf, type BlockKey } from '../block/block-id.js';
import { readAt, type PackFiles } from './pack-files.js';
import type { BlockRow } from './pack-index.js';

/** Open packs at most: far below the usual limit of 1024 descriptors, enough for 64 GiB of packs. */
const MAX_OPEN_PACKS = 64;

/** Reads blocks from packs, of which it keeps the latest ones open. */
export class PackReader {
  readonly #files: PackFiles;
  readonly #idOf: (pack: number) => string | undefined;
  /** descriptors by pack number, the least recently used first */
  readonly #open = new Map<number, number>();

  constructor(files: PackFiles, idOf: (pack: number) => string | undefined) {
    this.#files = files;
    this.#idOf = idOf;
  }

  /**
   * Returns the bytes of a block, checked against its key, or `undefined` where the pack is gone or
   * holds something else at that place.
   *
   * @throws {MonoError} `IO_FAILED`
   */
  read(key: BlockKey, row: Pick<BlockRow, 'pack' | 'offset' | 'stored'>): Uint8Array | undefined {
    const descriptor = this.#descriptorOf(row.pack);
    if (descriptor === undefined) return undefined;
    try {
      const bytes = readAt(descriptor, row.offset, row.stored);
      return isContentOf(key, bytes) ? bytes : undefined;
    } catch (error) {
      throw ioError(error, 'read the pack', this.pathOf(row.pack));
    }
  }

  pathOf(pack: number): string {
    return this.#files.pathOf(this.#idOf(pack) ?? `unknown-${pack}`);
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
    const id = this.#idOf(pack);
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
