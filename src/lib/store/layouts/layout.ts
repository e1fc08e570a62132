import type { NodeWriter, RawBlocks, StoredBytes } from '../ipld-store.js';

/** What a layout writes to. */
export type LayoutTarget = NodeWriter & Pick<RawBlocks, 'putRawBlock'>;

/**
 * Stores what joins the raw blocks of chunks, none of them empty, and returns the root of the byte
 * sequence they make. No chunk: the raw block of zero bytes. One chunk: its raw block. When the
 * chunks fail, the failure is rethrown and no root is stored.
 */
export type Layout = (
  chunks: AsyncIterable<StoredBytes> | Iterable<StoredBytes>,
  target: LayoutTarget,
) => Promise<StoredBytes>;
