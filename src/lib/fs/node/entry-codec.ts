/**
 * Entries as lists of dag-cbor values (docs/formats/monofs.md#entries): a kind number, the
 * attributes, and what the kind adds. Encoding is canonical; decoding refuses anything that
 * encoding would not have produced.
 */
import { CID } from 'multiformats/cid';
import type { ByteString } from '../../base/bytes.js';
import { bytesOfByteString } from '../../base/bytes.js';
import type { Attributes, ChangeEntry, TreeEntry } from '../entry.js';
import { IMPLICIT_ATTRIBUTES } from '../entry.js';
import { problemOfEntry } from './entry-rules.js';
import { MAX_NANOSECONDS, MAX_UINT32, MAX_MODE } from '../limits.js';
import {
  DAG_CBOR,
  expectBoolean,
  expectByteString,
  expectBytes,
  expectCid,
  expectInteger,
  expectList,
  expectUint,
  RAW,
} from './node-value.js';
import { compareBytes } from '../path.js';
import { NodeProblem } from './read-node.js';

/** The kind numbers of the format, by kind. */
export const ENTRY_KINDS = {
  file: 0,
  directory: 1,
  symlink: 2,
  cidLink: 3,
  characterDevice: 4,
  blockDevice: 5,
  fifo: 6,
  socket: 7,
  tombstone: 8,
  baseLink: 9,
  overlayDirectory: 10,
} as const satisfies Record<ChangeEntry['kind'], number>;

const KIND_NAMES = Object.keys(ENTRY_KINDS) as ChangeEntry['kind'][];

/** How many list items the attributes take. */
const ATTRIBUTE_ITEMS = 6;

/** How many list items a kind adds to the attributes. */
const TREE_KIND_ITEMS: Record<TreeEntry['kind'], number> = {
  file: 2,
  directory: 1,
  symlink: 1,
  cidLink: 1,
  characterDevice: 2,
  blockDevice: 2,
  fifo: 0,
  socket: 0,
};

/** Returns the list that stands for `entry` in a node. */
export function encodeEntry(entry: ChangeEntry): unknown[] {
  const kind = ENTRY_KINDS[entry.kind];
  switch (entry.kind) {
    case 'tombstone':
      return [kind];
    case 'baseLink':
      return [kind, bytesOfByteString(entry.target)];
    case 'overlayDirectory': {
      const attributes = entry.attributes === undefined ? [] : encodeAttributes(entry.attributes);
      return [kind, entry.entries, entry.opaque, attributes];
    }
    default:
      return [kind, ...encodeAttributes(entry), ...encodeKind(entry)];
  }
}

/**
 * Returns the entry that `value` stands for.
 *
 * @throws {NodeProblem} when `value` is not the canonical encoding of an entry
 */
export function decodeEntry(value: unknown): ChangeEntry {
  const list = expectList(value, 'an entry');
  const kind = KIND_NAMES[expectUint(list[0], 'an entry kind', KIND_NAMES.length - 1)];
  const entry = decodeKind(kind as ChangeEntry['kind'], list);
  const problem = problemOfEntry(entry);
  if (problem !== undefined) throw new NodeProblem(`an entry is not valid: ${problem}`);
  return entry;
}

/** Returns whether a complete tree can have `entry`. */
export function isTreeEntry(entry: ChangeEntry): entry is TreeEntry {
  return ENTRY_KINDS[entry.kind] < ENTRY_KINDS.tombstone;
}

/** Returns whether two entries are the same in every respect. */
export function entriesEqual(left: ChangeEntry, right: ChangeEntry): boolean {
  if (left === right) return true;
  return left.kind === right.kind && valuesEqual(encodeEntry(left), encodeEntry(right));
}

/** Returns whether two sets of attributes are the same in every respect. */
export function attributesEqual(left: Attributes, right: Attributes): boolean {
  return left === right || valuesEqual(encodeAttributes(left), encodeAttributes(right));
}

function encodeAttributes(attributes: Attributes): unknown[] {
  const { mode, uid, gid, mtime, xattrs } = attributes;
  return [mode, uid, gid, mtime.seconds, mtime.nanoseconds, encodeXattrs(xattrs)];
}

function encodeXattrs(xattrs: Attributes['xattrs']): unknown[] {
  if (xattrs.size === 0) return [];
  return [...xattrs]
    .sort(([left], [right]) => compareBytes(left, right))
    .map(([key, value]) => [bytesOfByteString(key), value]);
}

function encodeKind(entry: TreeEntry): unknown[] {
  switch (entry.kind) {
    case 'file':
      return [entry.sizeBytes, entry.content];
    case 'directory':
      return [entry.entries];
    case 'symlink':
      return [bytesOfByteString(entry.target)];
    case 'cidLink':
      return [entry.target];
    case 'characterDevice':
    case 'blockDevice':
      return [entry.major, entry.minor];
    case 'fifo':
    case 'socket':
      return [];
  }
}

function decodeKind(kind: ChangeEntry['kind'], list: readonly unknown[]): ChangeEntry {
  switch (kind) {
    case 'tombstone':
      expectList(list, 'a tombstone', 1);
      return { kind };
    case 'baseLink':
      expectList(list, 'a base link', 2);
      return { kind, target: expectByteString(list[1], 'the target of a base link') };
    case 'overlayDirectory':
      return decodeOverlayDirectory(list);
    default:
      return decodeTreeEntry(kind, list);
  }
}

function decodeOverlayDirectory(list: readonly unknown[]): ChangeEntry {
  expectList(list, 'an overlay directory', 4);
  const attributes = expectList(list[3], 'attributes');
  if (attributes.length > 0) expectList(attributes, 'attributes', ATTRIBUTE_ITEMS);
  return {
    kind: 'overlayDirectory',
    entries: expectCid(list[1], 'the entries of a directory', [DAG_CBOR]),
    opaque: expectBoolean(list[2], 'the opaque mark of a directory'),
    attributes: attributes.length === 0 ? undefined : decodeAttributes(attributes, 0),
  };
}

/** Objects are written out field by field: a tree has many, and copying fields by `...` takes longer. */
function decodeTreeEntry(kind: TreeEntry['kind'], list: readonly unknown[]): TreeEntry {
  const first = 1 + ATTRIBUTE_ITEMS;
  expectList(list, `an entry of kind ${kind}`, first + TREE_KIND_ITEMS[kind]);
  const { mode, uid, gid, mtime, xattrs } = decodeAttributes(list, 1);
  switch (kind) {
    case 'file': {
      const sizeBytes = expectUint(list[first], 'a file size');
      const content = expectCid(list[first + 1], 'the content of a file', [RAW, DAG_CBOR]);
      return { kind, mode, uid, gid, mtime, xattrs, sizeBytes, content };
    }
    case 'directory': {
      const entries = expectCid(list[first], 'the entries of a directory', [DAG_CBOR]);
      return { kind, mode, uid, gid, mtime, xattrs, entries };
    }
    case 'symlink': {
      const target = expectByteString(list[first], 'a link target');
      return { kind, mode, uid, gid, mtime, xattrs, target };
    }
    case 'cidLink': {
      const target = expectCid(list[first], 'a link target', [RAW, DAG_CBOR]);
      return { kind, mode, uid, gid, mtime, xattrs, target };
    }
    case 'characterDevice':
    case 'blockDevice': {
      const major = expectUint(list[first], 'a device number', MAX_UINT32);
      const minor = expectUint(list[first + 1], 'a device number', MAX_UINT32);
      return { kind, mode, uid, gid, mtime, xattrs, major, minor };
    }
    case 'fifo':
    case 'socket':
      return { kind, mode, uid, gid, mtime, xattrs };
  }
}

/** Reads the attributes in the items of `list` from `at` on. */
function decodeAttributes(list: readonly unknown[], at: number): Attributes {
  return {
    mode: expectUint(list[at], 'a mode', MAX_MODE),
    uid: expectUint(list[at + 1], 'a uid', MAX_UINT32),
    gid: expectUint(list[at + 2], 'a gid', MAX_UINT32),
    mtime: {
      seconds: expectInteger(list[at + 3], 'the seconds of a time'),
      nanoseconds: expectUint(list[at + 4], 'the nanoseconds of a time', MAX_NANOSECONDS),
    },
    xattrs: decodeXattrs(expectList(list[at + 5], 'extended attributes')),
  };
}

function decodeXattrs(list: readonly unknown[]): Attributes['xattrs'] {
  if (list.length === 0) return IMPLICIT_ATTRIBUTES.xattrs;
  const xattrs = new Map<ByteString, Uint8Array>();
  let previous: ByteString | undefined;
  for (const item of list) {
    const [key, value] = expectList(item, 'an extended attribute', 2);
    const name = expectByteString(key, 'the name of an extended attribute');
    if (previous !== undefined && name <= previous) {
      throw new NodeProblem('extended attributes are not in order');
    }
    xattrs.set(name, expectBytes(value, 'the value of an extended attribute'));
    previous = name;
  }
  return xattrs;
}

function valuesEqual(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (Array.isArray(left) && Array.isArray(right)) {
    return (
      left.length === right.length && left.every((item, index) => valuesEqual(item, right[index]))
    );
  }
  if (left instanceof Uint8Array && right instanceof Uint8Array) {
    return Buffer.compare(left, right) === 0;
  }
  const leftCid = CID.asCID(left);
  const rightCid = CID.asCID(right);
  return leftCid !== null && rightCid !== null && leftCid.equals(rightCid);
}
