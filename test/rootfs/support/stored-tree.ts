import type { CID } from 'multiformats/cid';
import type { ByteString } from '../../../src/lib/base/bytes.js';
import { ChangeSetBuilder } from '../../../src/lib/fs/change-set/change-set-builder.js';
import { attributesOf } from '../../../src/lib/fs/entry.js';
import type { BytesWriter, NodeWriter } from '../../../src/lib/store/ipld-store.js';
import { testTree, type TestEntry } from './test-tree.js';

/** Stores the tree of `paths` as a monofs tree and returns its root. */
export async function storeTree(
  store: NodeWriter & BytesWriter,
  paths: Readonly<Record<string, TestEntry>>,
): Promise<CID> {
  const builder = new ChangeSetBuilder(store);
  const tree = testTree(paths);
  const firstPaths = new Map<number, ByteString>();
  for (const { path, entry, inode } of tree.walk) {
    const first = firstPaths.get(inode);
    firstPaths.set(inode, first ?? path);
    if (first !== undefined) {
      builder.setHardLink(path, first);
    } else if (entry.kind === 'directory') {
      builder.setDirectory(path, attributesOf(entry));
    } else if (entry.kind === 'file') {
      const { cid, sizeBytes } = await store.putBytes(tree.content.getBytes(entry.content));
      builder.setEntry(path, { ...entry, content: cid, sizeBytes });
    } else {
      builder.setEntry(path, entry);
    }
  }
  return builder.commit();
}
