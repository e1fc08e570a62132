import type { CID } from 'multiformats/cid';
import type { ByteString } from '../../base/bytes.js';
import type { NodeReader } from '../../store/ipld-store.js';
import { getDirectoryEntry } from './directory.js';
import type { DirectoryEntry, TreeEntry } from '../entry.js';
import { splitPath } from '../path.js';
import { readTreeRoot } from '../node/root-node.js';

/**
 * Returns what `path` stands for in the complete tree `root`, or `undefined`. Symbolic links are
 * not followed. Reads one node for each directory on the way, a few more in large ones.
 *
 * @throws {MonoError} `FS_PATH_INVALID`, and as `readTreeRoot`
 */
export async function lookup(
  store: NodeReader,
  root: CID,
  path: ByteString,
): Promise<TreeEntry | undefined> {
  const names = splitPath(path);
  const { directory } = await readTreeRoot(store, root);
  return lookupFrom(store, directory, names);
}

/** Returns what `names` lead to from `directory`, or `undefined`. */
export async function lookupFrom(
  store: NodeReader,
  directory: DirectoryEntry,
  names: readonly ByteString[],
): Promise<TreeEntry | undefined> {
  let entry: TreeEntry = directory;
  for (const name of names) {
    if (entry.kind !== 'directory') return undefined;
    const next = await getDirectoryEntry(store, entry, name);
    if (next === undefined) return undefined;
    entry = next;
  }
  return entry;
}
