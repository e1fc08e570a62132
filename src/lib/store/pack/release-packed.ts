import type { BlockKey } from '../block/block-id.js';
import { releaseBlock } from '../gc/release-block.js';
import type { Released } from '../ipld-store.js';
import type { CountedPacks } from './count-table.js';
import { blockCorrupt } from './pack-reader.js';

/**
 * Drops a pin of a block and deletes, in one transaction, the rows of what has no reference left.
 * Counts are up to date and nobody else writes. The space comes back with the next collection.
 *
 * @throws {MonoError} `STORE_BLOCK_CORRUPT`, `STORE_NODE_INVALID`, with nothing changed
 */
export function releasePacked(
  root: BlockKey,
  { index, reader }: Pick<CountedPacks, 'index' | 'reader'>,
): Released {
  const { references } = index;
  let released: Released = { deletedBlocks: 0, deletedBytes: 0 };
  index.write(() => {
    released = releaseBlock(root, {
      sizeOf: (key) => index.blocks.find(key)?.size,
      countReferences: (key) => references.of(key),
      dropPin: (key) => references.dropPin(key),
      dropLink: (key) => references.dropLink(key),
      deleteBlock: (key) => index.blocks.delete(key),
      readNode(key) {
        const row = index.blocks.find(key);
        const bytes = row && reader.read(key, row);
        if (bytes) return bytes;
        throw blockCorrupt(key, reader.pathOf(row?.pack ?? 0), row?.offset ?? 0);
      },
    });
    references.savePinsIfChanged();
  });
  return released;
}
