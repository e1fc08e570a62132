import type { ByteString } from '../../base/bytes.js';
import { MonoError } from '../../errors.js';
import type { Attributes, TreeEntry } from '../../fs/entry.js';
import { showPath } from '../../fs/path.js';
import type { BytesReader } from '../../store/ipld-store.js';
import { headerBlock, paddingAfter, type HeaderFields } from './tar-header.js';
import { recordsOf } from './tar-records.js';

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

/** A path of a tree and what it stands for. */
export interface TarredEntry {
  readonly path: ByteString;
  readonly entry: TreeEntry;
  /** another name of the file that stands in the archive already: this one becomes a link to it */
  readonly linkTo?: ByteString | undefined;
}

/**
 * Yields one entry of a tar archive in the pax format, with its content.
 *
 * @throws {MonoError} `ROOTFS_LIMIT` for a socket and a link to a CID, which tar cannot say; as
 *   `getBytes`
 */
export async function* writeTarEntry(
  store: BytesReader,
  { path, entry, linkTo }: TarredEntry,
): AsyncGenerator<Uint8Array> {
  yield* tarHeaderBlocks(headerOf(path, entry, linkTo), entry);
  if (linkTo !== undefined || entry.kind !== 'file') return;
  yield* store.getBytes(entry.content);
  yield paddingAfter(entry.sizeBytes);
}

/** Yields a header, after the pax records that say what it cannot. */
export function* tarHeaderBlocks(
  header: HeaderFields,
  attributes: Pick<Attributes, 'mtime' | 'xattrs'>,
): Generator<Uint8Array> {
  const records = recordsOf(header, attributes);
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

function notInTar(path: ByteString, kind: string): MonoError {
  const message = `Cannot write ${showPath(path)} to a tar archive: the format has no ${kind}`;
  return new MonoError('ROOTFS_LIMIT', message, { details: { kind } });
}
