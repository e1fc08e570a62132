/**
 * A tree as a tar archive in the pax format. Equal trees give equal bytes: the entries come in the
 * order of a walk, and a header says a thing in its own field where it can, in a pax record where it
 * cannot.
 */
import type { CID } from 'multiformats/cid';
import type { ByteString } from '../../base/bytes.js';
import { walkTree } from '../../fs/tree/walk-tree.js';
import type { BytesReader, NodeReader } from '../../store/ipld-store.js';
import { TAR_BLOCK_BYTES } from './tar-header.js';
import { writeTarEntry } from './write-entry.js';

/** An archive ends with two blocks of zeros. */
export const TAR_END_BYTES = 2 * TAR_BLOCK_BYTES;

/**
 * Yields the archive of the tree `root`, the root as `./`. Other names of a file become hard links
 * to the first. To who reads it as a layer, a name that begins with `.wh.` is a deletion.
 *
 * @throws {MonoError} `ROOTFS_LIMIT` for a socket and a link to a CID, which tar cannot say; as
 *   `walkTree` and `getBytes`
 * @see POSIX.1-2017 pax
 */
export async function* writeTar(
  store: NodeReader & BytesReader,
  root: CID,
): AsyncGenerator<Uint8Array> {
  const firstNames = new Map<number, ByteString>();
  for await (const { path, entry, inode } of walkTree(store, root)) {
    const linkTo = entry.kind === 'directory' ? undefined : firstNames.get(inode);
    yield* writeTarEntry(store, { path, entry, linkTo });
    if (linkTo === undefined) firstNames.set(inode, path);
  }
  yield new Uint8Array(TAR_END_BYTES);
}
