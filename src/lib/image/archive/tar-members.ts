/*
 * The files of a tar archive by name, opened one by one. A plain archive is indexed by its headers
 * alone and read at any place. In a compressed one nothing can be found without inflating what
 * stands before, so opening a member inflates up to it: that costs time, but no space.
 */
import { textOfByteString } from '../../base/bytes.js';
import { redact } from '../../base/redact.js';
import { gunzip } from '../layer/gunzip.js';
import { parseLayerPath } from '../layer/layer-path.js';
import { readTar } from '../tar/read-tar.js';
import type { TarEntry } from '../tar/tar-entry.js';
import { archiveInvalid, asArchiveError } from './archive-errors.js';
import type { ByteFile } from './byte-file.js';
import type { FileSet, OpenedFile } from './file-set.js';
import { scanTar } from './scan-tar.js';

/** The most members of an archive: one with a thousand images has some ten thousand. */
export const MAX_ARCHIVE_MEMBERS = 32_768;

/** How many links in a row are followed: `docker save` has made chains of one. */
const MAX_LINKS = 4;

interface Member {
  readonly kind: TarEntry['kind'];
  readonly linkName: string;
  readonly sizeBytes: number;
  readonly open: () => AsyncIterable<Uint8Array>;
}

/**
 * Returns the files of the tar archive in `file`, plain or gzipped.
 *
 * @throws {MonoError} `ARCHIVE_INVALID` when it is malformed, cut off, names a path outside itself
 *   or one path twice, or has more than {@link MAX_ARCHIVE_MEMBERS} members
 */
export async function openTarMembers(
  file: ByteFile,
  compression: 'none' | 'gzip',
): Promise<FileSet> {
  const members = new Map<string, Member>();
  try {
    const found = compression === 'none' ? scanPlain(file) : scanGzip(file);
    for await (const { name, member } of found) {
      if (members.has(name)) throw archiveInvalid(file.path, `\`${redact(name)}\` is in it twice`);
      if (members.size >= MAX_ARCHIVE_MEMBERS) {
        throw archiveInvalid(file.path, `it has more than ${MAX_ARCHIVE_MEMBERS} members`);
      }
      members.set(name, member);
    }
  } catch (error) {
    throw asArchiveError(error, file.path);
  }
  return {
    name: file.path,
    find: (path) => Promise.resolve(resolve(members, path)),
    close: () => file.close(),
  };
}

interface Found {
  readonly name: string;
  readonly member: Member;
}

async function* scanPlain(file: ByteFile): AsyncGenerator<Found> {
  for await (const { entry, contentOffsetBytes } of scanTar(file)) {
    yield foundOf(entry, () => file.stream(contentOffsetBytes, entry.sizeBytes));
  }
}

async function* scanGzip(file: ByteFile): AsyncGenerator<Found> {
  let position = 0;
  for await (const entry of readTar(gunzip(file.stream()))) {
    const wanted = position;
    position += 1;
    yield foundOf(entry, () => inflateMember(file, wanted));
  }
}

async function* inflateMember(file: ByteFile, wanted: number): AsyncGenerator<Uint8Array> {
  let position = 0;
  try {
    for await (const { content } of readTar(gunzip(file.stream()))) {
      if (position === wanted) {
        yield* content;
        return;
      }
      position += 1;
    }
  } catch (error) {
    throw asArchiveError(error, file.path);
  }
}

function foundOf(entry: Omit<TarEntry, 'content'>, open: Member['open']): Found {
  const name = textOfByteString(parseLayerPath(entry.name));
  const { kind, sizeBytes } = entry;
  return { name, member: { kind, sizeBytes, linkName: textOfByteString(entry.linkName), open } };
}

function resolve(
  members: ReadonlyMap<string, Member>,
  path: string,
  links = 0,
): OpenedFile | undefined {
  const member = members.get(path);
  if (!member || links > MAX_LINKS) return undefined;
  if (member.kind === 'file') return { sizeBytes: member.sizeBytes, open: member.open };
  if (member.kind === 'hardLink') return resolve(members, normal(member.linkName), links + 1);
  if (member.kind !== 'symlink') return undefined;
  const directory = path.slice(0, path.lastIndexOf('/') + 1);
  return resolve(members, normal(directory + member.linkName), links + 1);
}

/** A path that would leave the archive names nothing in it. */
function normal(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.pop() === undefined) return '';
  }
  return parts.join('/');
}
