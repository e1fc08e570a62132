import type { CID } from 'multiformats/cid';
import type { BlockBackend } from './block-backend.js';
import { keyOfCid, type BlockKey } from './block-id.js';
import type { ByteStrategies } from './default-strategies.js';
import { markReachable } from './gc/mark-reachable.js';
import { IpldBlockStore } from './ipld-block-store.js';
import type { GcResult } from './ipld-store.js';
import { blockMissing } from './store-errors.js';

/** A store in memory: for tests, and for trees that need not outlive the process. */
export class MemoryStore extends IpldBlockStore {
  constructor(strategies: ByteStrategies = {}) {
    super(new MemoryBackend(), strategies);
  }
}

class MemoryBackend implements BlockBackend {
  readonly #blocks = new Map<BlockKey, Uint8Array>();

  put(key: BlockKey, bytes: Uint8Array): void {
    if (!this.#blocks.has(key)) this.#blocks.set(key, Uint8Array.from(bytes));
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

  async gc(
    roots: Iterable<CID> | AsyncIterable<CID>,
    options: { readonly dryRun: boolean },
  ): Promise<GcResult> {
    const live = new Set<BlockKey>();
    await markReachable(roots, {
      mark: (key) => {
        if (live.has(key)) return 'before';
        if (!this.#blocks.has(key)) return 'absent';
        live.add(key);
        return 'marked';
      },
      readNode: (cid) => this.#read(cid),
    });
    const dead = [...this.#blocks].filter(([key]) => !live.has(key));
    if (!options.dryRun) for (const [key] of dead) this.#blocks.delete(key);
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

  #read(cid: CID): Promise<Uint8Array> {
    const key = keyOfCid(cid);
    const bytes = key === undefined ? undefined : this.#blocks.get(key);
    if (bytes) return Promise.resolve(bytes);
    return Promise.reject(blockMissing(cid));
  }
}
