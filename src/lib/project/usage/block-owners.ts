import type { CID } from 'multiformats/cid';
import { throwIfAborted } from '../../base/async.js';
import { byteStringFromBytes } from '../../base/bytes.js';
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

/** A block, read once however many owners it has. */
interface Block {
  readonly bytes: number;
  /** the node that was not read yet */
  unread: CID | undefined;
  /** what it links to, once it was read */
  links: readonly Block[];
  /** number of the only owner; {@link NOBODY} or {@link SEVERAL} */
  owner: number;
  /** number of the owner that was the last to reach it */
  reachedBy: number;
}

const RAW_CODEC = 0x55;
const NOBODY = -1;
const SEVERAL = -2;

/** Counts to whom the blocks of a store belong. Memory is one entry a block and one a link. */
export class BlockOwners {
  readonly #store: SizedStore;
  readonly #blocks = new Map<string, Block>();
  #owners = 0;
  /** bytes that are an owner's alone, by its number; counted when somebody asks */
  #own: readonly number[] | undefined;

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
    this.#own = undefined;
    const pending = this.#find(roots);
    let neededBytes = 0;
    for (let block = pending.pop(); block; block = pending.pop()) {
      if (block.reachedBy === owner) continue;
      block.reachedBy = owner;
      block.owner = block.owner === NOBODY ? owner : SEVERAL;
      neededBytes += block.bytes;
      if (block.unread) await this.#read(block, block.unread, signal);
      for (const link of block.links) pending.push(link);
    }
    return () => {
      this.#own ??= this.#countOwn();
      const ownBytes = this.#own[owner] ?? 0;
      return { ownBytes, sharedBytes: neededBytes - ownBytes };
    };
  }

  async #read(block: Block, cid: CID, signal: AbortSignal): Promise<void> {
    throwIfAborted(signal);
    block.links = this.#find(linksOf(cid, await this.#store.getBlock(cid)));
    block.unread = undefined;
  }

  /** Returns the blocks that are there. */
  #find(cids: Iterable<CID>): Block[] {
    const found: Block[] = [];
    for (const cid of cids) {
      const key = byteStringFromBytes(cid.bytes);
      const block = this.#blocks.get(key) ?? this.#locate(cid);
      if (!block) continue;
      this.#blocks.set(key, block);
      found.push(block);
    }
    return found;
  }

  #locate(cid: CID): Block | undefined {
    const bytes = this.#store.storedBytesOf(cid);
    if (bytes === undefined) return undefined;
    const unread = cid.code === RAW_CODEC ? undefined : cid;
    return { bytes, unread, links: NO_BLOCKS, owner: NOBODY, reachedBy: NOBODY };
  }

  #countOwn(): number[] {
    const own = Array.from({ length: this.#owners }, () => 0);
    for (const { owner, bytes } of this.#blocks.values()) {
      if (owner >= 0) own[owner] = (own[owner] ?? 0) + bytes;
    }
    return own;
  }
}

const NO_BLOCKS: readonly Block[] = [];
