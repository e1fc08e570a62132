import type { NodeReader, NodeWriter } from '../../store/ipld-store.js';

/** What operations that make trees out of trees need of a store. */
export type NodeStore = NodeReader & NodeWriter;
