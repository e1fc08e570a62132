import type { CID } from 'multiformats/cid';
import type { ByteString } from '../../base/bytes.js';
import { textOfByteString } from '../../base/bytes.js';
import { MonoError } from '../../errors.js';
import type { Attributes, ChangeEntry, DeviceEntry } from '../entry.js';
import { IMPLICIT_ATTRIBUTES } from '../entry.js';
import {
  MAX_ITEM_WEIGHT,
  MAX_MODE,
  MAX_NAME_BYTES,
  MAX_NANOSECONDS,
  MAX_SYMLINK_BYTES,
  MAX_UINT32,
  MAX_XATTR_NAME_BYTES,
  MAX_XATTR_VALUE_BYTES,
} from '../limits.js';
import { DAG_CBOR, problemOfCid, RAW } from './node-value.js';
import { problemOfPath, ROOT_PATH, showPath } from '../path.js';

/** What one item adds to a leaf besides its name, target and extended attributes; an upper bound. */
const BASE_WEIGHT = 96;

/** What one extended attribute adds besides its name and value; an upper bound. */
const XATTR_WEIGHT = 8;

/**
 * Returns the weight of `entry` under `name`: at least its encoded size in `bytes`.
 *
 * @see docs/formats/monofs.md#weight
 */
export function weightOfEntry(name: ByteString, entry: ChangeEntry): number {
  const attributes = attributesIn(entry);
  const weight = weightOfFile(name, attributes?.xattrs ?? IMPLICIT_ATTRIBUTES.xattrs);
  const hasPath = entry.kind === 'symlink' || entry.kind === 'baseLink';
  return hasPath ? weight + entry.target.length : weight;
}

/** Returns the weight of a regular file under `name`. */
export function weightOfFile(name: ByteString, xattrs: Attributes['xattrs']): number {
  let weight = BASE_WEIGHT + name.length;
  if (xattrs.size === 0) return weight;
  for (const [key, value] of xattrs) weight += XATTR_WEIGHT + key.length + value.length;
  return weight;
}

/**
 * Returns when `entry` can be stored under `path`.
 *
 * @throws {MonoError} `FS_LIMIT` when a value of it is out of range
 */
export function checkEntry(path: ByteString, entry: ChangeEntry): void {
  const problem = problemOfEntry(entry) ?? problemOfWeight(entry);
  if (problem !== undefined) {
    throw new MonoError('FS_LIMIT', `Cannot store entry ${showPath(path)}: ${problem}`, {
      details: { path: textOfByteString(path), problem },
    });
  }
}

/** Returns what keeps `entry` from being an entry of a change set, or `undefined`. */
export function problemOfEntry(entry: ChangeEntry): string | undefined {
  const attributes = attributesIn(entry);
  return (attributes && problemOfAttributes(attributes)) ?? problemOfKind(entry);
}

function problemOfWeight(entry: ChangeEntry): string | undefined {
  const weight = weightOfEntry(ROOT_PATH, entry) + MAX_NAME_BYTES;
  return weight > MAX_ITEM_WEIGHT ? 'its extended attributes are too large' : undefined;
}

function attributesIn(entry: ChangeEntry): Attributes | undefined {
  switch (entry.kind) {
    case 'tombstone':
    case 'baseLink':
      return undefined;
    case 'overlayDirectory':
      return entry.attributes;
    default:
      return entry;
  }
}

function problemOfAttributes(attributes: Attributes): string | undefined {
  if (!isUint(attributes.mode, MAX_MODE)) return 'its mode is out of range';
  if (!isUint(attributes.uid, MAX_UINT32)) return 'its uid is out of range';
  if (!isUint(attributes.gid, MAX_UINT32)) return 'its gid is out of range';
  if (!Number.isSafeInteger(attributes.mtime.seconds)) return 'its mtime is out of range';
  if (!isUint(attributes.mtime.nanoseconds, MAX_NANOSECONDS)) {
    return 'the nanoseconds of its mtime are out of range';
  }
  return attributes.xattrs.size === 0 ? undefined : problemOfXattrs(attributes.xattrs);
}

function problemOfXattrs(xattrs: Attributes['xattrs']): string | undefined {
  for (const [key, value] of xattrs) {
    if (key === '' || key.length > MAX_XATTR_NAME_BYTES || key.includes('\0')) {
      return 'the name of an extended attribute is empty, too long, or contains a NUL byte';
    }
    if (value.length > MAX_XATTR_VALUE_BYTES) return 'an extended attribute is too large';
  }
  return undefined;
}

function problemOfKind(entry: ChangeEntry): string | undefined {
  switch (entry.kind) {
    case 'file':
      return problemOfSize(entry.sizeBytes) ?? problemOfLink(entry.content, [RAW, DAG_CBOR]);
    case 'directory':
    case 'overlayDirectory':
      return problemOfLink(entry.entries, [DAG_CBOR]);
    case 'symlink':
      return problemOfTarget(entry.target);
    case 'cidLink':
      return problemOfLink(entry.target, [RAW, DAG_CBOR]);
    case 'characterDevice':
    case 'blockDevice':
      return problemOfDevice(entry);
    case 'baseLink':
      return entry.target === '' ? 'its target is the root' : problemOfPath(entry.target);
    default:
      return undefined;
  }
}

function problemOfSize(sizeBytes: number): string | undefined {
  return isUint(sizeBytes, Number.MAX_SAFE_INTEGER) ? undefined : 'its size is out of range';
}

function problemOfDevice({ major, minor }: DeviceEntry): string | undefined {
  const valid = isUint(major, MAX_UINT32) && isUint(minor, MAX_UINT32);
  return valid ? undefined : 'its device number is out of range';
}

function problemOfLink(cid: CID, codecs: readonly number[]): string | undefined {
  const problem = problemOfCid(cid, codecs);
  return problem === undefined ? undefined : `its CID ${problem}`;
}

function problemOfTarget(target: ByteString): string | undefined {
  if (target === '' || target.length > MAX_SYMLINK_BYTES || target.includes('\0')) {
    return 'its target is empty, too long, or contains a NUL byte';
  }
  return undefined;
}

function isUint(value: number, max: number): boolean {
  return Number.isSafeInteger(value) && value >= 0 && value <= max;
}
