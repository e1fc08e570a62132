import { createHash } from 'node:crypto';
import type { CID } from 'multiformats/cid';
import { walkTree } from '../../src/lib/fs/tree/walk-tree.js';
import type { TreeEntry } from '../../src/lib/fs/entry.js';
import type { BytesReader, NodeReader } from '../../src/lib/store/ipld-store.js';

/** Everything that can be seen of a path, as text that tests can compare. */
export interface ListedPath {
  readonly kind: string;
  /** octal */
  readonly mode: string;
  readonly owner: string;
  /** `seconds.nanoseconds` */
  readonly mtime: string;
  /** `name=hex`, in byte order */
  readonly xattrs: readonly string[];
  /** files: size and sha-256; symlinks: target; devices: number */
  readonly content: string;
  /** the first path, in byte order, of those that are the same file */
  readonly linkedTo: string;
}

/** Returns every path of a complete tree; the root is the empty path, names are bytes as Latin-1. */
export async function listTree(
  store: NodeReader & BytesReader,
  root: CID,
): Promise<Map<string, ListedPath>> {
  const listed = new Map<string, ListedPath>();
  const groups = new Map<number, string>();
  for await (const { path, entry, inode } of walkTree(store, root)) {
    if (!groups.has(inode)) groups.set(inode, path);
    listed.set(path, {
      kind: entry.kind,
      mode: entry.mode.toString(8),
      owner: `${entry.uid}:${entry.gid}`,
      mtime: `${entry.mtime.seconds}.${String(entry.mtime.nanoseconds).padStart(9, '0')}`,
      xattrs: [...entry.xattrs].map(
        ([name, value]) => `${name}=${Buffer.from(value).toString('hex')}`,
      ),
      content: await contentOf(store, entry),
      linkedTo: groups.get(inode) ?? path,
    });
  }
  return listed;
}

async function contentOf(store: BytesReader, entry: TreeEntry): Promise<string> {
  switch (entry.kind) {
    case 'file': {
      const hash = createHash('sha256');
      let sizeBytes = 0;
      for await (const piece of store.getBytes(entry.content)) {
        hash.update(piece);
        sizeBytes += piece.length;
      }
      if (sizeBytes !== entry.sizeBytes) throw new Error('a file has another size than its entry');
      return `${sizeBytes} ${hash.digest('hex')}`;
    }
    case 'symlink':
      return entry.target;
    case 'characterDevice':
    case 'blockDevice':
      return `${entry.major}:${entry.minor}`;
    default:
      return '';
  }
}
