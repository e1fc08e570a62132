import type { CID } from 'multiformats/cid';
import type { EncodedNodeReader } from '../../../src/lib/fs/node/node-store.js';
import type { NodeWriter } from '../../../src/lib/store/ipld-store.js';

/** A store that counts the nodes that pass through it. */
export class CountingStore implements EncodedNodeReader, NodeWriter {
  readonly #inner: EncodedNodeReader & NodeWriter;
  readonly reads: string[] = [];
  readonly writes: string[] = [];

  constructor(inner: EncodedNodeReader & NodeWriter) {
    this.#inner = inner;
  }

  async getNode(cid: CID): Promise<unknown> {
    this.reads.push(cid.toString());
    return this.#inner.getNode(cid);
  }

  async getBlock(cid: CID): Promise<Uint8Array> {
    this.reads.push(cid.toString());
    return this.#inner.getBlock(cid);
  }

  async putNode(value: unknown): Promise<CID> {
    const cid = await this.#inner.putNode(value);
    this.writes.push(cid.toString());
    return cid;
  }

  reset(): void {
    this.reads.length = 0;
    this.writes.length = 0;
  }
}
