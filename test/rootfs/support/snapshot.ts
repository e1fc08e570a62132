import { createHash } from 'node:crypto';
import type { TreeEntry } from '../../../src/lib/fs/entry.js';
import type { TestTree } from './test-tree.js';

/** Everything a tree says of one path, as plain values that a test can compare. */
export interface PathFacts {
  readonly kind: string;
  readonly mode: string;
  readonly owner: string;
  readonly mtime: string;
  readonly links: number;
  /** first path, in the order of a walk, that is the same inode */
  readonly sameAs: string;
  /** size and sha-256 of a file, target of a link, number of a device */
  readonly content: string;
  /** values in hex, by name */
  readonly xattrs: Readonly<Record<string, string>>;
}

/** The facts of a whole tree, by path in byte order; the root is ''. */
export type Snapshot = Readonly<Record<string, PathFacts>>;

/** Returns what an image of `tree` must say. */
export async function expectedSnapshot(tree: TestTree): Promise<Snapshot> {
  const firstPaths = new Map<number, string>();
  const links = new Map<number, number>();
  const inodes = new Map<string, number>(tree.walk.map(({ path, inode }) => [path, inode]));
  for (const { inode, path, entry } of tree.walk) {
    if (!firstPaths.has(inode)) firstPaths.set(inode, path);
    links.set(inode, (links.get(inode) ?? (entry.kind === 'directory' ? 1 : 0)) + 1);
    if (entry.kind === 'directory' && path !== '') {
      const parent = inodes.get(parentOf(path))!;
      links.set(parent, links.get(parent)! + 1);
    }
  }
  const facts: Record<string, PathFacts> = {};
  for (const { path, entry, inode } of tree.walk) {
    facts[path] = {
      kind: entry.kind,
      mode: entry.mode.toString(8),
      owner: `${entry.uid}:${entry.gid}`,
      mtime: timeText(entry.mtime.seconds, entry.mtime.nanoseconds),
      links: links.get(inode)!,
      sameAs: firstPaths.get(inode)!,
      content: await contentText(tree, entry),
      xattrs: hexValues(entry.xattrs),
    };
  }
  return sorted(facts);
}

/** Returns `snapshot` with its paths in byte order. */
export function sorted(snapshot: Snapshot): Snapshot {
  return Object.fromEntries(
    Object.entries(snapshot).sort(([a], [b]) => (a === b ? 0 : a < b ? -1 : 1)),
  );
}

/** Returns seconds and nanoseconds since the epoch as text. */
export function timeText(seconds: number | bigint, nanoseconds: number | bigint): string {
  return `${seconds}+${nanoseconds}ns`;
}

/** Returns the size and the sha-256 of `bytes` as text. */
export function bytesText(bytes: Uint8Array): string {
  return `${bytes.length} ${createHash('sha256').update(bytes).digest('hex')}`;
}

/** Returns the values of `xattrs` in hex, by name. */
export function hexValues(xattrs: Iterable<readonly [string, Uint8Array]>): Record<string, string> {
  const values = [...xattrs].map(([name, value]) => [name, Buffer.from(value).toString('hex')]);
  return Object.fromEntries(values) as Record<string, string>;
}

async function contentText(tree: TestTree, entry: TreeEntry): Promise<string> {
  if (entry.kind === 'symlink') return entry.target;
  if (entry.kind === 'characterDevice' || entry.kind === 'blockDevice') {
    return `${entry.major}:${entry.minor}`;
  }
  if (entry.kind !== 'file') return '';
  const pieces: Uint8Array[] = [];
  for await (const piece of tree.content.getBytes(entry.content)) pieces.push(piece);
  return bytesText(Buffer.concat(pieces));
}

function parentOf(path: string): string {
  return path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '';
}
