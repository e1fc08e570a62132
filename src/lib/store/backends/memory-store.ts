import type { CID } from 'multiformats/cid';
import type { BlockBackend } from './block-backend.js';
import { cidOfKey, keyOfCid, type BlockKey } from '../block/block-id.js';
import type { ByteStrategies } from './default-strategies.js';
import { markReachable, rootsAndPins } from '../gc/mark-reachable.js';
import { ReferenceCounts } from '../gc/reference-counts.js';
import { releaseBlock } from '../gc/release-block.js';
import { IpldBlockStore } from './ipld-block-store.js';
import type { GcResult, Released } from '../ipld-store.js';
import { linkedKeys } from '../block/links-of.js';
import { blockMissing } from '../store-errors.js';

/** A store in memory: for tests, and for trees that need not outlive the process. */
export class MemoryStore extends IpldBlockStore {
  constructor(strategies: ByteStrategies = {}) {
    super(new MemoryBackend(), strategies);
  }
}

class MemoryBackend implements BlockBackend {
  readonly #blocks = new Map<BlockKey, Uint8Array>();
  readonly #counts = new ReferenceCounts();

  put(key: BlockKey, bytes: Uint8Array): void {
    if (this.#blocks.has(key)) return;
    this.#blocks.set(key, Uint8Array.from(bytes));
    for (const link of linkedKeys(cidOfKey(key), bytes)) this.#counts.addLink(link);
  }

  get(key: BlockKey): Uint8Array | undefined {
    return this.#blocks.get(key);
  }

  sizeOf(key: BlockKey): number | undefined {
    return this.#blocks.get(key)?.length;
  }

  countBlocks(): number {
    return this.#blocks.size;
  }

  pin(key: BlockKey): void {
    this.#counts.addPin(key);
  }

  countReferences(key: BlockKey): number {
    return this.#counts.of(key);
  }

  release(key: BlockKey): Released {
    return releaseBlock(key, {
      sizeOf: (block) => this.sizeOf(block),
      countReferences: (block) => this.#counts.of(block),
      dropPin: (block) => this.#counts.dropPin(block),
      dropLink: (block) => this.#counts.dropLink(block),
      readNode: (block) => this.#blocks.get(block) ?? new Uint8Array(0),
      deleteBlock: (block) => this.#blocks.delete(block),
    });
  }

  async gc(
    roots: Iterable<CID> | AsyncIterable<CID>,
    options: { readonly dryRun: boolean },
  ): Promise<GcResult> {
    const live = new Set<BlockKey>();
    await markReachable(rootsAndPins(roots, this.#counts.pinned()), {
      mark: (key) => {
        if (live.has(key)) return 'before';
        if (!this.#blocks.has(key)) return 'absent';
        live.add(key);
        return 'marked';
      },
      readNode: (cid) => this.#read(cid),
    });
    const dead = [...this.#blocks].filter(([key]) => !live.has(key));
    if (!options.dryRun) for (const [key, bytes] of dead) this.#delete(key, bytes);
    const deletedBytes = dead.reduce((sum, [, bytes]) => sum + bytes.length, 0);
    return {
      deletedBlocks: dead.length,
      deletedBytes,
      keptBlocks: live.size,
      reclaimedBytes: deletedBytes,
    };
  }

  flush(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.#blocks.clear();
    return Promise.resolve();
  }

  #delete(key: BlockKey, bytes: Uint8Array): void {
    this.#blocks.delete(key);
    for (const link of linkedKeys(cidOfKey(key), bytes)) this.#counts.dropLink(link);
  }

  #read(cid: CID): Promise<Uint8Array> {
    const key = keyOfCid(cid);
    const bytes = key === undefined ? undefined : this.#blocks.get(key);
    if (bytes) return Promise.resolve(bytes);
    return Promise.reject(blockMissing(cid));
  }
}
