/**
 * Three-way merge of what one path stands for: pure algebra, no trees and no store. `undefined` is
 * the absence of the path, so a deletion is a value like any other.
 */
import type { ByteString } from '../../base/bytes.js';
import { contentOf } from '../diff/difference.js';
import type { Attributes, DirectoryEntry, LeafEntry, Timestamp, TreeEntry } from '../entry.js';
import { attributesOf } from '../entry.js';
import { entriesEqual } from '../node/entry-codec.js';
import type { Sides } from './merge-values.js';
import { CONFLICT, mapSides, mergeValues } from './merge-values.js';
import { compareBytes } from '../path.js';

/**
 * Why two sides cannot both have their way: one deleted what the other changed; both changed the
 * same thing, and differently; both added something else under one name; one has a directory where
 * the other has something else.
 */
export type ConflictReason = 'delete/modify' | 'modify/modify' | 'add/add' | 'file/directory';

/** Both sides have a directory; what they have below is still to be merged. */
export interface DirectoryMerge {
  readonly kind: 'directories';
  readonly attributes: Attributes;
  readonly base: DirectoryEntry | undefined;
  readonly ours: DirectoryEntry;
  readonly theirs: DirectoryEntry;
  /** why the attributes could not be merged; `attributes` are ours then */
  readonly reason: ConflictReason | undefined;
}

/** The outcome of merging one path. */
export type EntryMerge =
  | { readonly kind: 'merged'; readonly entry: TreeEntry | undefined }
  | EntryConflict
  | DirectoryMerge;

/** Both sides changed the path, and differently. */
export interface EntryConflict {
  readonly kind: 'conflict';
  readonly reason: ConflictReason;
  /** the merged attributes of two files that disagree about their content alone */
  readonly attributes?: Attributes;
}

/**
 * Merges what a path stands for. A side that changed nothing gives way; equal changes are one. Of
 * two files, content, mode, owner and each extended attribute are merged by themselves; of two times
 * that both changed the later one wins. Exchanging the sides exchanges nothing else.
 */
export function mergeEntries(sides: Sides<TreeEntry>): EntryMerge {
  const { base, ours, theirs } = sides;
  if (same(ours, theirs) || same(base, theirs)) return { kind: 'merged', entry: ours };
  if (same(base, ours)) return { kind: 'merged', entry: theirs };
  if (ours === undefined || theirs === undefined) return conflict('delete/modify');
  if (ours.kind === 'directory' && theirs.kind === 'directory') {
    return mergeDirectories(base, ours, theirs);
  }
  if (ours.kind === 'directory' || theirs.kind === 'directory') return conflict('file/directory');
  return mergeLeaves(base?.kind === 'directory' ? undefined : base, ours, theirs);
}

function same(left: TreeEntry | undefined, right: TreeEntry | undefined): boolean {
  if (left === undefined || right === undefined) return left === right;
  return entriesEqual(left, right);
}

function conflict(reason: ConflictReason): EntryConflict {
  return { kind: 'conflict', reason };
}

function reasonOf(base: TreeEntry | undefined): ConflictReason {
  return base === undefined ? 'add/add' : 'modify/modify';
}

function mergeDirectories(
  before: TreeEntry | undefined,
  ours: DirectoryEntry,
  theirs: DirectoryEntry,
): DirectoryMerge {
  const base = before?.kind === 'directory' ? before : undefined;
  const attributes = mergeAttributes({ base, ours, theirs });
  return {
    kind: 'directories',
    ...{ base, ours, theirs },
    attributes: attributes ?? attributesOf(ours),
    reason: attributes ? undefined : reasonOf(base),
  };
}

function mergeLeaves(base: LeafEntry | undefined, ours: LeafEntry, theirs: LeafEntry): EntryMerge {
  const sides: Sides<LeafEntry> = { base, ours, theirs };
  const attributes = mergeAttributes(sides);
  const winner = mergeValues(sides, (entry) => `${entry.kind} ${contentOf(entry)}`);
  if (attributes === undefined || winner === undefined) return conflict(reasonOf(base));
  if (winner === CONFLICT) {
    const areFiles = ours.kind === 'file' && theirs.kind === 'file';
    return { ...conflict(reasonOf(base)), ...(areFiles ? { attributes } : {}) };
  }
  return { kind: 'merged', entry: { ...winner, ...attributes } };
}

function mergeAttributes(sides: Sides<Attributes>): Attributes | undefined {
  const mode = mergeValues(
    mapSides(sides, (side) => side.mode),
    String,
  );
  const owners = mapSides(sides, ({ uid, gid }) => ({ uid, gid }));
  const owner = mergeValues(owners, ({ uid, gid }) => `${uid}:${gid}`);
  const mtime = mergeTimes(mapSides(sides, (side) => side.mtime));
  const xattrs = mergeXattrs(mapSides(sides, (side) => side.xattrs));
  if (mode === CONFLICT || owner === CONFLICT || xattrs === undefined) return undefined;
  if (mode === undefined || owner === undefined || mtime === undefined) return undefined;
  return { mode, ...owner, mtime, xattrs };
}

function mergeTimes(sides: Sides<Timestamp>): Timestamp | undefined {
  const merged = mergeValues(sides, ({ seconds, nanoseconds }) => `${seconds}.${nanoseconds}`);
  if (merged !== CONFLICT) return merged;
  const { ours, theirs } = sides;
  return ours && theirs && isLater(ours, theirs) ? ours : theirs;
}

function isLater(left: Timestamp, right: Timestamp): boolean {
  return left.seconds === right.seconds
    ? left.nanoseconds > right.nanoseconds
    : left.seconds > right.seconds;
}

function mergeXattrs(sides: Sides<Attributes['xattrs']>): Attributes['xattrs'] | undefined {
  const all = [sides.base, sides.ours, sides.theirs].flatMap((side) => [...(side?.keys() ?? [])]);
  const merged = new Map<ByteString, Uint8Array>();
  for (const name of [...new Set(all)].sort(compareBytes)) {
    const values = mapSides(sides, (side) => side.get(name));
    const value = mergeValues(values, (bytes) => Buffer.from(bytes).toString('latin1'));
    if (value === CONFLICT) return undefined;
    if (value !== undefined) merged.set(name, value);
  }
  return merged;
}
