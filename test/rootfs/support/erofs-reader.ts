import { closeSync, openSync, readSync } from 'node:fs';
import {
  bytesText,
  hexValues,
  sorted,
  timeText,
  type PathFacts,
  type Snapshot,
} from './snapshot.js';

/**
 * A second opinion on the format: reads an EROFS image by the kernel's documentation, shares no code
 * with the writer, and refuses whatever the kernel refuses.
 */
export interface ErofsImage {
  readonly rootNid: number;
  readonly inodes: number;
  readonly blocks: number;
  inode(nid: number): ErofsInode;
  /** Returns the names of a directory in the order of the image, `.` and `..` among them. */
  list(directory: ErofsInode): ErofsDirent[];
  /** Returns a part of what an inode holds. */
  read(inode: ErofsInode, offset?: number, length?: number): Buffer;
  xattrs(inode: ErofsInode): [string, Buffer][];
  close(): void;
}

export interface ErofsInode {
  readonly nid: number;
  readonly layout: number;
  readonly type: number;
  readonly mode: number;
  readonly size: number;
  readonly location: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtime: string;
  readonly links: number;
  readonly xattrBytes: number;
}

export interface ErofsDirent {
  readonly nid: number;
  readonly type: number;
  readonly name: string;
}

const BLOCK = 4096;
const KINDS: Readonly<Record<number, string>> = {
  0o01: 'fifo',
  0o02: 'characterDevice',
  0o04: 'directory',
  0o06: 'blockDevice',
  0o10: 'file',
  0o12: 'symlink',
  0o14: 'socket',
};
const DIRENT_TYPE_OF_KIND = [
  '',
  'file',
  'directory',
  'characterDevice',
  'blockDevice',
  'fifo',
  'socket',
  'symlink',
];
const XATTR_PREFIXES = [
  '',
  'user.',
  'system.posix_acl_access',
  'system.posix_acl_default',
  'trusted.',
  '',
  'security.',
];

/** Opens the image, or the virtual disk, at `path`. */
export function openErofs(path: string): ErofsImage {
  const fd = openSync(path, 'r');
  const at = (offset: number, length: number): Buffer => {
    const bytes = Buffer.alloc(length);
    const got = readSync(fd, bytes, 0, length, offset);
    if (got < length) throw new Error(`image ends at ${offset + got}, ${offset + length} wanted`);
    return bytes;
  };
  const superblock = at(1024, 128);
  check(superblock.readUInt32LE(0) === 0xe0f5e1e2, 'magic');
  check(superblock.readUInt8(12) === 12, '4 KiB blocks');
  check(superblock.readUInt32LE(40) === 0, 'metadata address');
  check((superblock.readUInt32LE(80) & ~0x4) === 0, 'incompatible features');
  const image: ErofsImage = {
    rootNid: superblock.readUInt16LE(14),
    inodes: Number(superblock.readBigUInt64LE(16)),
    blocks: superblock.readUInt32LE(36),
    inode: (nid) => decodeInode(nid, at(nid * 32, 64)),
    list: (directory) => decodeDirectory(image.read(directory)),
    read: (inode, offset = 0, length = inode.size) => readContent(at, inode, { offset, length }),
    xattrs: (inode) => decodeXattrs(at(inode.nid * 32 + 64, inode.xattrBytes)),
    close: () => closeSync(fd),
  };
  return image;
}

/** Returns everything that the image at `path` says. */
export function erofsSnapshot(path: string): Snapshot {
  const image = openErofs(path);
  try {
    const facts: Record<string, PathFacts> = {};
    const firstPaths = new Map<number, string>();
    visit(image, { nid: image.rootNid, parent: image.rootNid, path: '' }, { facts, firstPaths });
    check(firstPaths.size === image.inodes, 'number of inodes');
    return sorted(facts);
  } finally {
    image.close();
  }
}

function visit(
  image: ErofsImage,
  { nid, parent, path }: { nid: number; parent: number; path: string },
  found: { facts: Record<string, PathFacts>; firstPaths: Map<number, string> },
): void {
  const inode = image.inode(nid);
  const kind = KINDS[inode.type]!;
  if (!found.firstPaths.has(nid)) found.firstPaths.set(nid, path);
  found.facts[path] = {
    kind,
    mode: inode.mode.toString(8),
    owner: `${inode.uid}:${inode.gid}`,
    mtime: inode.mtime,
    links: inode.links,
    sameAs: found.firstPaths.get(nid)!,
    content: contentText(image, inode, kind),
    xattrs: hexValues(image.xattrs(inode)),
  };
  if (kind !== 'directory') return;
  const dirents = image.list(inode);
  check(dirents.find(({ name }) => name === '.')?.nid === nid, 'dot');
  check(dirents.find(({ name }) => name === '..')?.nid === parent, 'dot dot');
  for (const dirent of dirents) {
    if (dirent.name === '.' || dirent.name === '..') continue;
    const child = path === '' ? dirent.name : `${path}/${dirent.name}`;
    const childKind = KINDS[image.inode(dirent.nid).type];
    check(DIRENT_TYPE_OF_KIND[dirent.type] === childKind, 'type in the directory');
    visit(image, { nid: dirent.nid, parent: nid, path: child }, found);
  }
}

function contentText(image: ErofsImage, inode: ErofsInode, kind: string): string {
  if (kind === 'file') return bytesText(image.read(inode));
  if (kind === 'symlink') return image.read(inode).toString('latin1');
  if (!kind.endsWith('Device')) return '';
  const number = inode.location;
  return `${(number >>> 8) & 0xfff}:${(number & 0xff) | ((number >>> 12) & 0xfff00)}`;
}

function decodeInode(nid: number, bytes: Buffer): ErofsInode {
  const format = bytes.readUInt16LE(0);
  check((format & 1) === 1, 'extended inode');
  const mode = bytes.readUInt16LE(4);
  const units = bytes.readUInt16LE(2);
  return {
    nid,
    layout: format >> 1,
    type: mode >> 12,
    mode: mode & 0o7777,
    size: Number(bytes.readBigInt64LE(8)),
    location: bytes.readUInt32LE(16),
    uid: bytes.readUInt32LE(24),
    gid: bytes.readUInt32LE(28),
    mtime: timeText(bytes.readBigInt64LE(32), bytes.readUInt32LE(40)),
    links: bytes.readUInt32LE(44),
    xattrBytes: units === 0 ? 0 : 12 + (units - 1) * 4,
  };
}

function readContent(
  at: (offset: number, length: number) => Buffer,
  inode: ErofsInode,
  { offset, length }: { offset: number; length: number },
): Buffer {
  const pieces: Buffer[] = [];
  const end = Math.min(offset + length, inode.size);
  const behind = inode.nid * 32 + 64 + inode.xattrBytes;
  const lastBlock = Math.floor(inode.size / BLOCK);
  if (inode.layout === 2) {
    const tailEnd = (behind % BLOCK) + (inode.size % BLOCK);
    check(Math.floor((inode.nid * 32) / BLOCK) === Math.floor(behind / BLOCK), 'tail with inode');
    check(tailEnd <= BLOCK, 'tail within a block');
  }
  for (let from = offset; from < end;) {
    const block = Math.floor(from / BLOCK);
    const to = Math.min(end, inode.layout === 2 && block < lastBlock ? lastBlock * BLOCK : end);
    const step = inode.layout === 4 ? Math.min(to, chunkEnd(inode, from)) : to;
    pieces.push(at(addressOf(at, inode, { from, behind, lastBlock }), step - from));
    from = step;
  }
  return Buffer.concat(pieces);
}

function chunkEnd(inode: ErofsInode, from: number): number {
  const chunkBytes = BLOCK << (inode.location & 0x1f);
  return (Math.floor(from / chunkBytes) + 1) * chunkBytes;
}

function addressOf(
  at: (offset: number, length: number) => Buffer,
  inode: ErofsInode,
  { from, behind, lastBlock }: { from: number; behind: number; lastBlock: number },
): number {
  if (inode.layout === 0) return inode.location * BLOCK + from;
  if (inode.layout === 2) {
    return from < lastBlock * BLOCK ? inode.location * BLOCK + from : behind + (from % BLOCK);
  }
  check(inode.layout === 4, 'layout');
  const chunkBytes = BLOCK << (inode.location & 0x1f);
  const address = at(behind + Math.floor(from / chunkBytes) * 4, 4).readUInt32LE(0);
  return address * BLOCK + (from % chunkBytes);
}

function decodeDirectory(bytes: Buffer): ErofsDirent[] {
  const dirents: ErofsDirent[] = [];
  for (let start = 0; start < bytes.length; start += BLOCK) {
    const block = bytes.subarray(start, start + BLOCK);
    const count = block.readUInt16LE(8) / 12;
    for (let index = 0; index < count; index++) {
      const nameAt = block.readUInt16LE(index * 12 + 8);
      const nameEnd =
        index + 1 < count ? block.readUInt16LE(index * 12 + 20) : endOfName(block, nameAt);
      dirents.push({
        nid: Number(block.readBigUInt64LE(index * 12)),
        type: block.readUInt8(index * 12 + 10),
        name: block.toString('latin1', nameAt, nameEnd),
      });
    }
  }
  for (let i = 1; i < dirents.length; i++) {
    check(dirents[i - 1]!.name < dirents[i]!.name, 'order of names');
  }
  return dirents;
}

function endOfName(block: Buffer, start: number): number {
  const zero = block.indexOf(0, start);
  return zero < 0 ? block.length : zero;
}

function decodeXattrs(bytes: Buffer): [string, Buffer][] {
  const xattrs: [string, Buffer][] = [];
  for (let at = 12; at < bytes.length;) {
    const nameEnd = at + 4 + bytes.readUInt8(at);
    const valueEnd = nameEnd + bytes.readUInt16LE(at + 2);
    const prefix = XATTR_PREFIXES[bytes.readUInt8(at + 1)]!;
    const name = prefix + bytes.toString('latin1', at + 4, nameEnd);
    xattrs.push([name, bytes.subarray(nameEnd, valueEnd)]);
    at = Math.ceil(valueEnd / 4) * 4;
  }
  return xattrs;
}

function check(condition: boolean, what: string): void {
  if (!condition) throw new Error(`not a valid image: ${what}`);
}
