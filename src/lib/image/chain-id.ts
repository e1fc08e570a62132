import { digestOf, type Digest } from '../base/digest.js';

/**
 * Returns the chainID of layers stacked in this order, bottom first: it identifies the result of
 * applying them. That of no layers, which the specification leaves open, is the digest of nothing.
 *
 * @see OCI image-spec v1.1, config.md, "Layer ChainID"
 */
export function chainIdOf(diffIds: readonly Digest[]): Digest {
  const [first = digestOf(new Uint8Array(0)), ...rest] = diffIds;
  return rest.reduce((chain, diffId) => digestOf(Buffer.from(`${chain} ${diffId}`)), first);
}
