import type { IpldStore } from '../ipld-store.js';
import type { ByteStrategies } from './default-strategies.js';
import { DualBackend } from './dual-backend.js';
import { IpldBlockStore } from './ipld-block-store.js';

/** The two stores of a {@link DualStore}, which owns them and closes them. */
export interface DualStores {
  /** Answers first: a fast store that holds copies and can be lost. */
  readonly near: IpldStore;
  /** Counts: blocks, references and what exists are those of this store. */
  readonly far: IpldStore;
}

/**
 * Two stores as one, read-through and write-back. A read is answered by the near store, else by the
 * far one, whose block is then copied to the near one; a damaged copy is passed over. A put goes to
 * the near store alone. `flush` and `close`, each deletion, pin and count, and the 4,096th put since
 * then, write back to the far store what was put; only `flush` makes it durable, in the far store.
 * A deletion empties the near store.
 */
export class DualStore extends IpldBlockStore {
  constructor(stores: DualStores, strategies: ByteStrategies = {}) {
    super(new DualBackend(stores.near, stores.far), strategies);
  }
}
