import type { CID } from 'multiformats/cid';
import { throwIfAborted } from '../../base/async.js';
import { linksOf } from '../../store/block/links-of.js';
import type { BlockReader } from '../../store/ipld-store.js';

/** What blocks take, and who needs them. */
export interface OwnedBytes {
  /** bytes of blocks that nobody else needs */
  readonly ownBytes: number;
  /** bytes of blocks that others need too */
  readonly sharedBytes: number;
}

/** What counting reads. */
export interface SizedStore extends Pick<BlockReader, 'getBlock'> {
  /** Returns how many bytes of the medium a block takes; `undefined` where there is none. */
  storedBytesOf(cid: CID): number | undefined;
}

interface Block {
  readonly bytes: number;
  /** position of the only owner; -1: there are several */
  owner: number;
}

const RAW_CODEC = 0x55;
const SEVERAL = -1;

/** Counts to whom the blocks of a store belong. Memory is one entry a block. */
export class BlockOwners {
  readonly #store: SizedStore;
  readonly #blocks = new Map<string, Block>();
  #owners = 0;

  constructor(store: SizedStore) {
    this.#store = store;
  }

  /** bytes of all blocks that anybody needs */
  get totalBytes(): number {
    return [...this.#blocks.values()].reduce((sum, { bytes }) => sum + bytes, 0);
  }

  get blockCount(): number {
    return this.#blocks.size;
  }

  /**
   * Adds an owner of everything that `roots` reach, and returns what asks, once all owners are added,
   * how much that is. A block that is missing counts nothing, and neither does what is below it.
   *
   * @throws {MonoError} `CANCELLED`, `STORE_BLOCK_CORRUPT`, `STORE_NODE_INVALID`
   */
  async add(roots: Iterable<CID>, signal: AbortSignal): Promise<() => OwnedBytes> {
    const owner = this.#owners++;
    const own = new Set<string>();
    const pending = [...roots];
    for (let cid = pending.pop(); cid; cid = pending.pop()) {
      const key = cid.toString();
      if (own.has(key) || !this.#claim(cid, key, owner)) continue;
      own.add(key);
      if (cid.code === RAW_CODEC) continue;
      throwIfAborted(signal);
      pending.push(...linksOf(cid, await this.#store.getBlock(cid)));
    }
    return () => this.#sum(own);
  }

  #claim(cid: CID, key: string, owner: number): boolean {
    const known = this.#blocks.get(key);
    if (known) {
      if (known.owner !== owner) known.owner = SEVERAL;
      return true;
    }
    const bytes = this.#store.storedBytesOf(cid);
    if (bytes === undefined) return false;
    this.#blocks.set(key, { bytes, owner });
    return true;
  }

  #sum(keys: ReadonlySet<string>): OwnedBytes {
    let ownBytes = 0;
    let sharedBytes = 0;
    for (const key of keys) {
      const block = this.#blocks.get(key);
      if (block?.owner === SEVERAL) sharedBytes += block.bytes;
      else ownBytes += block?.bytes ?? 0;
    }
    return { ownBytes, sharedBytes };
  }
}
