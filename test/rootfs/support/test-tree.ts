import { createHash } from 'node:crypto';
import { CID } from 'multiformats/cid';
import { create } from 'multiformats/hashes/digest';
import { byteStringFromText, type ByteString } from '../../../src/lib/base/bytes.js';
import type { Attributes, TreeEntry } from '../../../src/lib/fs/entry.js';
import type { WalkedEntry } from '../../../src/lib/fs/tree/walked-entry.js';

type Attribute = Partial<Omit<Attributes, 'xattrs'>> & {
  readonly xattrs?: Readonly<Record<string, Uint8Array>>;
};

/** What a path of a test tree stands for. */
export type TestEntry = Attribute &
  (
    | { readonly kind: 'directory' | 'fifo' | 'socket' }
    | { readonly kind: 'file'; readonly content: Uint8Array | SyntheticContent }
    | { readonly kind: 'symlink'; readonly target: ByteString }
    | {
        readonly kind: 'characterDevice' | 'blockDevice';
        readonly major: number;
        readonly minor: number;
      }
    | { readonly kind: 'cidLink'; readonly target: CID }
    /** another name of the file at the path `of` */
    | { readonly kind: 'hardLink'; readonly of: ByteString }
  );

/** Content too large to keep. */
export interface SyntheticContent {
  readonly sizeBytes: number;
  pieces(): Iterable<Uint8Array>;
}

/** A tree as `walkTree` would yield it, and a reader of what its files hold. */
export interface TestTree {
  readonly walk: readonly WalkedEntry[];
  entries(): AsyncIterable<WalkedEntry>;
  readonly content: { getBytes(cid: CID): AsyncIterable<Uint8Array> };
}

const MODES: Partial<Record<TestEntry['kind'], number>> = { directory: 0o755, symlink: 0o777 };

/** Returns the tree of `paths` (without leading slash; '' is the root); parents are made as needed. */
export function testTree(paths: Readonly<Record<string, TestEntry>>): TestTree {
  const byPath = withParents(paths);
  const contents = new Map<string, Iterable<Uint8Array>>();
  const inodes = new Map<string, number>();
  const entries = new Map<string, TreeEntry>();
  const walk = inWalkOrder(byPath.keys()).map((path): WalkedEntry => {
    const spec = byPath.get(path)!;
    const origin = spec.kind === 'hardLink' ? spec.of : path;
    const inode = inodes.get(origin) ?? inodes.size;
    inodes.set(origin, inode);
    const entry = entries.get(origin) ?? treeEntry(byPath.get(origin)!, contents);
    entries.set(origin, entry);
    const name = path.slice(path.lastIndexOf('/') + 1) as ByteString;
    return { path: path as ByteString, name, entry, inode };
  });
  return {
    walk,
    entries: () => toAsyncIterable(walk),
    content: {
      getBytes: (cid) => toAsyncIterable(contents.get(cid.toString())!),
    },
  };
}

/** Returns `paths` as a walk meets them: a directory before what it has, names by their bytes. */
export function inWalkOrder(paths: Iterable<string>): string[] {
  const keys = new Map([...paths].map((path) => [path.replaceAll('/', '\0'), path]));
  return [...keys.keys()].sort().map((key) => keys.get(key)!);
}

/** Returns `length` bytes that depend on `seed` and do not repeat soon. */
export function pattern(length: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = seed * 2654435761 + 1;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

/** Returns the CID of `bytes` as a raw block. */
export function rawCid(bytes: Uint8Array): CID {
  return CID.createV1(0x55, create(0x12, createHash('sha256').update(bytes).digest()));
}

/** Returns a file of the given bytes. */
export function file(
  content: Uint8Array | SyntheticContent,
  attributes: Attribute = {},
): TestEntry {
  return { kind: 'file', content, ...attributes };
}

/** Returns a symbolic link. */
export function symlink(target: string, attributes: Attribute = {}): TestEntry {
  return { kind: 'symlink', target: byteStringFromText(target), ...attributes };
}

function withParents(paths: Readonly<Record<string, TestEntry>>): Map<string, TestEntry> {
  const all = new Map<string, TestEntry>([['', { kind: 'directory' }]]);
  for (const [path, entry] of Object.entries(paths)) {
    for (let at = path.indexOf('/'); at > 0; at = path.indexOf('/', at + 1)) {
      if (!all.has(path.slice(0, at))) all.set(path.slice(0, at), { kind: 'directory' });
    }
    all.set(path, entry);
  }
  return all;
}

function treeEntry(spec: TestEntry, contents: Map<string, Iterable<Uint8Array>>): TreeEntry {
  const attributes = attributesOf(spec);
  switch (spec.kind) {
    case 'directory':
      return { ...attributes, kind: 'directory', entries: rawCid(new Uint8Array()) };
    case 'file':
      return { ...attributes, kind: 'file', ...stored(spec.content, contents) };
    case 'symlink':
      return { ...attributes, kind: 'symlink', target: spec.target };
    case 'cidLink':
      return { ...attributes, kind: 'cidLink', target: spec.target };
    case 'characterDevice':
    case 'blockDevice':
      return { ...attributes, kind: spec.kind, major: spec.major, minor: spec.minor };
    case 'fifo':
    case 'socket':
      return { ...attributes, kind: spec.kind };
    case 'hardLink':
      throw new Error('a hard link leads to a file that is in the tree');
  }
}

function attributesOf(spec: TestEntry): Attributes {
  const {
    mode = MODES[spec.kind] ?? 0o644,
    uid = 0,
    gid = 0,
    mtime = { seconds: 1_700_000_000, nanoseconds: 0 },
    xattrs = {},
  } = spec;
  const named = Object.entries(xattrs) as [ByteString, Uint8Array][];
  return { mode, uid, gid, mtime, xattrs: new Map(named) };
}

function stored(
  content: Uint8Array | SyntheticContent,
  contents: Map<string, Iterable<Uint8Array>>,
): { content: CID; sizeBytes: number } {
  if (content instanceof Uint8Array) {
    const cid = rawCid(content);
    contents.set(cid.toString(), sliced(content));
    return { content: cid, sizeBytes: content.length };
  }
  const cid = rawCid(Buffer.from(`synthetic ${contents.size}`));
  contents.set(cid.toString(), { [Symbol.iterator]: () => content.pieces()[Symbol.iterator]() });
  return { content: cid, sizeBytes: content.sizeBytes };
}

/** Pieces of odd sizes, so that borders of blocks fall inside of them. */
function sliced(content: Uint8Array): Iterable<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < content.length; at += 70_001) {
    pieces.push(content.subarray(at, at + 70_001));
  }
  return pieces;
}

// eslint-disable-next-line @typescript-eslint/require-await -- makes a synchronous source asynchronous
async function* toAsyncIterable<T>(items: Iterable<T>): AsyncIterable<T> {
  yield* items;
}
