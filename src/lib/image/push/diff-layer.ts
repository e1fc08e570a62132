/*
 * What one tree has more, less or else than another, as the archive of a layer: deletions as
 * whiteouts, then whatever is new or changed, in the order of a walk. A file with several names, one
 * of which is in the layer, is in it with all of them: a hard link cannot lead out of a layer.
 */
import type { CID } from 'multiformats/cid';
import type { ByteString } from '../../base/bytes.js';
import { diffTrees, pathsBelow } from '../../fs/diff/diff-trees.js';
import type { Difference } from '../../fs/diff/difference.js';
import type { EncodedNodeReader } from '../../fs/node/node-store.js';
import { joinPath, parentPath, splitPath } from '../../fs/path.js';
import { walkTree } from '../../fs/tree/walk-tree.js';
import { tarHeaderBlocks, writeTarEntry } from '../../rootfs/tar/write-entry.js';
import { TAR_END_BYTES } from '../../rootfs/tar/write-tar.js';
import type { BytesReader, NodeReader } from '../../store/ipld-store.js';

/** Two trees. */
export interface TreePair {
  readonly before: CID;
  readonly after: CID;
}

/**
 * Yields the archive of a layer that makes the tree `after` of the tree `before`; equal trees give
 * equal bytes.
 *
 * @throws {MonoError} `ROOTFS_LIMIT` for what tar cannot say; as `diffTrees` and `getBytes`
 * @see OCI image-spec v1.1, layer.md, "Representing Changes"
 */
export async function* writeDiffLayer(
  store: EncodedNodeReader & BytesReader,
  { before, after }: TreePair,
): AsyncGenerator<Uint8Array> {
  const written = new Set<ByteString>();
  for await (const difference of diffTrees(store, before, after)) {
    if (difference.kind === 'removed') yield* whiteout(difference.path);
    else for await (const path of pathsOf(store, difference)) written.add(path);
  }
  const inodes = new Set<number>();
  for await (const { path, entry, inode } of walkTree(store, after)) {
    if (entry.kind !== 'directory' && written.has(path)) inodes.add(inode);
  }
  const firstNames = new Map<number, ByteString>();
  for await (const { path, entry, inode } of walkTree(store, after)) {
    const isLeaf = entry.kind !== 'directory';
    if (!(isLeaf ? inodes.has(inode) : written.has(path))) continue;
    const linkTo = isLeaf ? firstNames.get(inode) : undefined;
    yield* writeTarEntry(store, { path, entry, linkTo });
    if (linkTo === undefined) firstNames.set(inode, path);
  }
  yield new Uint8Array(TAR_END_BYTES);
}

async function* pathsOf(
  store: NodeReader,
  difference: Exclude<Difference, { kind: 'removed' }>,
): AsyncGenerator<ByteString> {
  if (difference.kind === 'relinked') {
    yield* difference.after;
    return;
  }
  const { path, after } = difference;
  yield path;
  if (after.kind !== 'directory') return;
  if (difference.kind === 'changed' && difference.before.kind === 'directory') return;
  for await (const below of pathsBelow(store, path, after)) yield below.path;
}

function whiteout(path: ByteString): Iterable<Uint8Array> {
  const name = splitPath(path).at(-1) ?? '';
  const header = {
    type: '0',
    name: joinPath(parentPath(path), `.wh.${name}` as ByteString),
    linkName: '' as ByteString,
    ...{ mode: 0, uid: 0, gid: 0, sizeBytes: 0, mtimeSeconds: 0, deviceMajor: 0, deviceMinor: 0 },
  };
  return tarHeaderBlocks(header, { mtime: { seconds: 0, nanoseconds: 0 }, xattrs: new Map() });
}
