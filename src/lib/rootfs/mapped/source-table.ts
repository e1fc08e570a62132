import type { CID } from 'multiformats/cid';
import { cidFromBytes } from '../../store/block/cid-from-bytes.js';
import type { BlockLocation, StoredBytes } from '../../store/ipld-store.js';
import { ByteArena } from '../erofs/byte-arena.js';
import { Column } from '../erofs/column.js';
import { BLOCK_BYTES, blocksFor } from '../erofs/erofs-format.js';

/** In place of a pack: the content does not lie anywhere so that it could be mapped. */
export const NO_PACK = 0xffff_ffff;

/** Offsets in a pack are below this, so that pack and offset together make one exact number. */
const MAX_PACK_BYTES = 2 ** 40;

/**
 * The pieces of content that a disk is made from, one row each, in the order in which files first
 * need them. Content that several files share is one row.
 */
export class SourceTable {
  readonly packPaths: string[] = [];
  /** index into `packPaths`, or {@link NO_PACK} */
  readonly packs = new Column(Uint32Array);
  /** where the content begins in its pack, in `bytes` */
  readonly offsets = new Column(Float64Array);
  readonly sizes = new Column(Float64Array);
  readonly #cids = new Column(Uint32Array);
  readonly #arena = new ByteArena();
  readonly #packNumbers = new Map<string, number>();
  readonly #rowsByPlace = new Map<number, number>();
  readonly #rowsByCid = new Map<string, number>();

  get length(): number {
    return this.packs.length;
  }

  /** Returns the row of a chunk: at `location`, where the store has it, if a disk can map it there. */
  addChunk(chunk: StoredBytes, location: BlockLocation | undefined): number {
    const isMappable =
      location?.lengthBytes === chunk.sizeBytes &&
      location.offsetBytes % BLOCK_BYTES === 0 &&
      location.offsetBytes < MAX_PACK_BYTES &&
      chunk.sizeBytes >= BLOCK_BYTES;
    if (!isMappable) return this.addCopied(chunk);
    const pack = this.#packNumber(location.packPath);
    const place = pack * MAX_PACK_BYTES + location.offsetBytes;
    const present = this.#rowsByPlace.get(place);
    if (present !== undefined) return present;
    this.#rowsByPlace.set(place, this.length);
    return this.#add(chunk, pack, location.offsetBytes);
  }

  /** Returns the row of content that has to be copied to be mapped. */
  addCopied(content: StoredBytes): number {
    const key = `${content.cid.toString()} ${content.sizeBytes}`;
    const present = this.#rowsByCid.get(key);
    if (present !== undefined) return present;
    this.#rowsByCid.set(key, this.length);
    return this.#add(content, NO_PACK, 0);
  }

  blocksOf(row: number): number {
    return blocksFor(this.sizes.at(row));
  }

  cidOf(row: number): CID {
    return cidFromBytes(this.#arena.read(this.#cids.at(row)));
  }

  #add({ cid, sizeBytes }: StoredBytes, pack: number, offset: number): number {
    this.packs.push(pack);
    this.offsets.push(offset);
    this.sizes.push(sizeBytes);
    this.#cids.push(this.#arena.add(cid.bytes));
    return this.length - 1;
  }

  #packNumber(path: string): number {
    const number = this.#packNumbers.get(path) ?? this.packPaths.length;
    if (number === this.packPaths.length) {
      this.packPaths.push(path);
      this.#packNumbers.set(path, number);
    }
    return number;
  }
}
