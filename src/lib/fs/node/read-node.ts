import type { CID } from 'multiformats/cid';
import { MonoError } from '../../errors.js';
import type { NodeReader } from '../../store/ipld-store.js';

/**
 * What a decoder throws when a node is not what it must be; {@link readNode} turns it into a
 * `MonoError` that names the node.
 */
export class NodeProblem extends Error {
  override readonly name = 'NodeProblem';
}

/**
 * Reads the node `cid` and returns what `decode` makes of it.
 *
 * @throws {MonoError} as `getNode`, and `STORE_NODE_INVALID` when `decode` throws a `NodeProblem`
 */
export async function readNode<T>(
  store: NodeReader,
  cid: CID,
  decode: (value: unknown) => T,
): Promise<T> {
  return decodedNode(cid, await store.getNode(cid), decode);
}

/**
 * Returns what `decode` makes of the value of the node `cid`.
 *
 * @throws {MonoError} `STORE_NODE_INVALID` when `decode` throws a `NodeProblem`
 */
export function decodedNode<T>(cid: CID, value: unknown, decode: (value: unknown) => T): T {
  try {
    return decode(value);
  } catch (error) {
    if (!(error instanceof NodeProblem)) throw error;
    throw new MonoError(
      'STORE_NODE_INVALID',
      `Cannot read node \`${cid.toString()}\`: ${error.message}`,
      { details: { cid: cid.toString() } },
    );
  }
}
