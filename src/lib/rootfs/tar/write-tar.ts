/**
 * A tree as a tar archive in the pax format. Equal trees give equal bytes: the entries come in the
 * order of a walk, and a header says a thing in its own field where it can, in a pax record where it
 * cannot.
 */
import type { CID } from 'multiformats/cid';
import type { ByteString } from '../../base/bytes.js';
import { MonoError } from '../../errors.js';
import type { TreeEntry } from '../../fs/entry.js';
import { showPath } from '../../fs/path.js';
import { walkTree } from '../../fs/tree/walk-tree.js';
import type { BytesReader, NodeReader } from '../../store/ipld-store.js';
import { headerBlock, paddingAfter, TAR_BLOCK_BYTES, type HeaderFields } from './tar-header.js';
import { recordsOf } from './tar-records.js';

/** An archive ends with two blocks of zeros. */
const END_BYTES = 2 * TAR_BLOCK_BYTES;

const TYPES = {
  file: '0',
  symlink: '2',
  characterDevice: '3',
  blockDevice: '4',
  directory: '5',
  fifo: '6',
} as const;

const HARD_LINK = '1';
const PAX_HEADER = 'x';
const NOTHING = '' as ByteString;

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
    const first = entry.kind === 'directory' ? undefined : firstNames.get(inode);
    const header = headerOf(path, entry, first);
    yield* blocksOf(header, entry);
    if (first !== undefined) continue;
    firstNames.set(inode, path);
    if (entry.kind !== 'file') continue;
    yield* store.getBytes(entry.content);
    yield paddingAfter(entry.sizeBytes);
  }
  yield new Uint8Array(END_BYTES);
}

function headerOf(path: ByteString, entry: TreeEntry, first: ByteString | undefined): HeaderFields {
  const { kind, mode, uid, gid, mtime } = entry;
  if (kind === 'socket' || kind === 'cidLink') throw notInTar(path, kind);
  const target = kind === 'symlink' ? entry.target : NOTHING;
  const [deviceMajor, deviceMinor] = 'major' in entry ? [entry.major, entry.minor] : [0, 0];
  const name = path === '' ? './' : kind === 'directory' ? `${path}/` : path;
  return {
    type: first === undefined ? TYPES[kind] : HARD_LINK,
    name: name as ByteString,
    linkName: first ?? target,
    ...{ mode, uid, gid, deviceMajor, deviceMinor },
    sizeBytes: kind === 'file' && first === undefined ? entry.sizeBytes : 0,
    mtimeSeconds: mtime.seconds,
  };
}

function* blocksOf(header: HeaderFields, entry: TreeEntry): Generator<Uint8Array> {
  const records = recordsOf(header, entry);
  if (records.length > 0) {
    yield headerBlock({
      ...header,
      type: PAX_HEADER,
      name: 'PaxHeaders' as ByteString,
      linkName: NOTHING,
      sizeBytes: records.length,
      mtimeSeconds: 0,
    });
    yield records;
    yield paddingAfter(records.length);
  }
  yield headerBlock(header);
}

function notInTar(path: ByteString, kind: string): MonoError {
  const message = `Cannot write ${showPath(path)} to a tar archive: the format has no ${kind}`;
  return new MonoError('ROOTFS_LIMIT', message, { details: { kind } });
}
