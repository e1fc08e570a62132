/**
 * Two stores as one: a near one that answers first, and a far one that counts. The far store is the
 * truth; the near one holds copies of some of its blocks, and what was put and not written back yet.
 *
 *     put ──▶ near, noted as pending ──write-back──▶ far          get ──▶ near, else far ──▶ near
 */
import type { CID } from 'multiformats/cid';
import { isMonoError } from '../../errors.js';
import { cidOfKey, RAW_CODEC, type BlockKey } from '../block/block-id.js';
import { TurnGate } from '../gc/turn-gate.js';
import type { GcOptions, GcResult, IpldStore, Released } from '../ipld-store.js';
import type { BlockBackend } from './block-backend.js';

/**
 * Blocks that are pending at most, before a put writes them back: bounds what is noted in memory, and
 * what the end of the process loses.
 */
const MAX_PENDING_BLOCKS = 4_096;

/** The blocks of two stores. */
export class DualBackend implements BlockBackend {
  readonly #near: IpldStore;
  readonly #far: IpldStore;
  readonly #gate = new TurnGate();
  /** blocks that the far store may not have, in the order of their puts */
  #pending = new Set<BlockKey>();
  /** the last write-back, which ends even when it fails */
  #writing: Promise<void> = Promise.resolve();

  constructor(near: IpldStore, far: IpldStore) {
    this.#near = near;
    this.#far = far;
  }

  put(key: BlockKey, bytes: Uint8Array): Promise<void> {
    const copy = Uint8Array.from(bytes);
    return this.#gate.together(async () => {
      await this.#near.putBlock(cidOfKey(key), copy);
      this.#pending.add(key);
      if (this.#pending.size >= MAX_PENDING_BLOCKS) await this.#writeBack();
    });
  }

  async get(key: BlockKey): Promise<Uint8Array | undefined> {
    const cid = cidOfKey(key);
    const near = await readFrom(this.#near, cid, ['STORE_BLOCK_MISSING', 'STORE_BLOCK_CORRUPT']);
    if (near) return near;
    const far = await readFrom(this.#far, cid, ['STORE_BLOCK_MISSING']);
    if (far) await this.#copyUp(cid, far);
    else if (this.#pending.has(key)) return this.#near.getBlock(cid);
    return far;
  }

  async sizeOf(key: BlockKey): Promise<number | undefined> {
    const store = this.#pending.has(key) ? this.#near : this.#far;
    const cid = cidOfKey(key);
    if (!(await store.has(cid))) return undefined;
    return cid.code === RAW_CODEC ? store.getCidSize(cid) : (await store.getBlock(cid)).length;
  }

  async countBlocks(): Promise<number> {
    await this.flush();
    return this.#far.getBlockCount();
  }

  async pin(key: BlockKey): Promise<void> {
    await this.#gate.together(async () => {
      await this.#writeBack();
      await this.#far.pin(cidOfKey(key));
    });
  }

  async countReferences(key: BlockKey): Promise<number> {
    await this.flush();
    return this.#far.getReferenceCount(cidOfKey(key));
  }

  release(key: BlockKey): Promise<Released> {
    return this.#gate.alone(async () => {
      await this.#writeBack();
      const released = await this.#far.dereference(cidOfKey(key));
      if (released.deletedBlocks > 0) await this.#emptyNear();
      return released;
    });
  }

  gc(
    roots: Iterable<CID> | AsyncIterable<CID>,
    options: GcOptions & { readonly dryRun: boolean },
  ): Promise<GcResult> {
    return this.#gate.alone(async () => {
      await this.#writeBack();
      const result = await this.#far.gc(roots, options);
      if (!options.dryRun && result.deletedBlocks > 0) await this.#emptyNear();
      return result;
    });
  }

  async flush(): Promise<void> {
    await this.#gate.together(() => this.#writeBack());
    await this.#far.flush();
    await this.#near.flush();
  }

  async close(): Promise<void> {
    try {
      await this.flush();
    } finally {
      await Promise.all([this.#far.close(), this.#near.close()]);
    }
  }

  /**
   * Copies what is pending to the far store, in the order of the puts, so that no node comes before
   * what it links to. What a failure has left stays pending.
   */
  #writeBack(): Promise<void> {
    const written = this.#writing.then(() => this.#writeBackNow());
    this.#writing = written.catch(() => undefined);
    return written;
  }

  async #writeBackNow(): Promise<void> {
    for (const key of this.#pending) {
      const cid = cidOfKey(key);
      await this.#far.putBlock(cid, await this.#near.getBlock(cid));
      this.#pending.delete(key);
    }
  }

  /** A read succeeds also where the near store has no room for what was read. */
  async #copyUp(cid: CID, bytes: Uint8Array): Promise<void> {
    await this.#gate.together(async () => {
      try {
        await this.#near.putBlock(cid, bytes);
      } catch (error) {
        if (!isMonoError(error, 'DISK_FULL')) throw error;
      }
    });
  }

  /**
   * Deletes all copies, as some are of blocks that the far store does not have any more. While other
   * processes use the near store they stay: a copy is never wrong, only of no use.
   */
  async #emptyNear(): Promise<void> {
    try {
      await this.#near.gc([]);
    } catch (error) {
      if (!isMonoError(error, 'STORE_LOCKED')) throw error;
    }
  }
}

/** Returns a block of a store, `undefined` where reading fails with one of these codes. */
async function readFrom(
  store: IpldStore,
  cid: CID,
  passedOver: readonly ('STORE_BLOCK_MISSING' | 'STORE_BLOCK_CORRUPT')[],
): Promise<Uint8Array | undefined> {
  try {
    return await store.getBlock(cid);
  } catch (error) {
    if (passedOver.some((code) => isMonoError(error, code))) return undefined;
    throw error;
  }
}
