import type { CID } from 'multiformats/cid';
import type { NodeStore } from './node-store.js';

/** How many nodes are kept: at 16 KiB for a full leaf, at most some 32 MiB. */
const MAX_CACHED_NODES = 2048;

/**
 * A store that keeps the nodes last written and read in memory, decoded, so that a series of changes
 * never reads back what it has just written.
 */
export class CachedNodeStore implements NodeStore {
  readonly #store: NodeStore;
  /** values by CID, the one used last at the end */
  readonly #nodes = new Map<string, unknown>();

  constructor(store: NodeStore) {
    this.#store = store;
  }

  async getNode(cid: CID): Promise<unknown> {
    const key = cid.toString();
    const value = this.#nodes.get(key) ?? (await this.#store.getNode(cid));
    this.#keep(key, value);
    return value;
  }

  async putNode(value: unknown): Promise<CID> {
    const cid = await this.#store.putNode(value);
    this.#keep(cid.toString(), value);
    return cid;
  }

  #keep(key: string, value: unknown): void {
    this.#nodes.delete(key);
    this.#nodes.set(key, value);
    if (this.#nodes.size <= MAX_CACHED_NODES) return;
    const [oldest] = this.#nodes.keys();
    if (oldest !== undefined) this.#nodes.delete(oldest);
  }
}
