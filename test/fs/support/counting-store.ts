import type { CID } from 'multiformats/cid';
import type { NodeReader, NodeWriter } from '../../../src/lib/store/ipld-store.js';

/** A store that counts the nodes that pass through it. */
export class CountingStore implements NodeReader, NodeWriter {
  readonly #inner: NodeReader & NodeWriter;
  readonly reads: string[] = [];
  readonly writes: string[] = [];

  constructor(inner: NodeReader & NodeWriter) {
    this.#inner = inner;
  }

  async getNode(cid: CID): Promise<unknown> {
    this.reads.push(cid.toString());
    return this.#inner.getNode(cid);
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
