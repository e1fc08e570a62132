import type { BlockReader, NodeReader, NodeWriter } from '../../store/ipld-store.js';

/** What operations that make trees out of trees need of a store. */
export type NodeStore = NodeReader & NodeWriter;

/** What comparing trees needs of a store: nodes, and their bytes as they are stored. */
export type EncodedNodeReader = NodeReader & Pick<BlockReader, 'getBlock'>;
