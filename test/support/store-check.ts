import { join } from 'node:path';
import { cidOfKey, keyFromBytes } from '../../src/lib/store/block/block-id.js';
import { BlockCoder } from '../../src/lib/store/compression/block-coder.js';
import { packFilesIn } from '../../src/lib/store/pack/pack-files.js';
import { PackIndex } from '../../src/lib/store/pack/index/pack-index.js';
import { PackReader } from '../../src/lib/store/pack/pack-reader.js';

/** Returns the CIDs of all indexed blocks of a packed store, and of those that cannot be read. */
export function inspectPackedStore(path: string): { indexed: string[]; unreadable: string[] } {
  const index = new PackIndex(join(path, 'index.db'));
  const reader = new PackReader(packFilesIn(join(path, 'packs')), {
    index,
    coder: new BlockCoder(),
  });
  const indexed: string[] = [];
  const unreadable: string[] = [];
  for (const row of [...index.blocks.all()]) {
    const key = keyFromBytes(row.key);
    const cid = cidOfKey(key).toString();
    indexed.push(cid);
    if (!reader.read(key, row)) unreadable.push(cid);
  }
  reader.close();
  index.close();
  return { indexed, unreadable };
}
