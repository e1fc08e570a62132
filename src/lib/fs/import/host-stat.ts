import type { BigIntStats } from 'node:fs';
import type { Attributes, Timestamp, TreeEntry } from '../entry.js';
import { MAX_MODE } from '../limits.js';

/** What a name of the host can stand for. */
export type HostKind = Exclude<TreeEntry['kind'], 'cidLink'>;

const GIGA = 1_000_000_000n;

/** Returns what `status` says that the name stands for. */
export function kindOf(status: BigIntStats): HostKind {
  if (status.isFile()) return 'file';
  if (status.isDirectory()) return 'directory';
  if (status.isSymbolicLink()) return 'symlink';
  if (status.isCharacterDevice()) return 'characterDevice';
  if (status.isBlockDevice()) return 'blockDevice';
  return status.isFIFO() ? 'fifo' : 'socket';
}

/** Returns the attributes in `status`, which has all but the extended ones. */
export function attributesIn(status: BigIntStats): Omit<Attributes, 'xattrs'> {
  const mode = status.isSymbolicLink() ? 0o777 : Number(status.mode) & MAX_MODE;
  return {
    mode,
    uid: Number(status.uid),
    gid: Number(status.gid),
    mtime: timestampOf(status.mtimeNs),
  };
}

/** Returns the numbers of a device: the layout of Linux's `dev_t`, as `makedev` makes it. */
export function deviceIn({ rdev }: BigIntStats): {
  readonly major: number;
  readonly minor: number;
} {
  const major = ((rdev >> 8n) & 0xfffn) | ((rdev >> 32n) & 0xffff_f000n);
  const minor = (rdev & 0xffn) | ((rdev >> 12n) & 0xffff_ff00n);
  return { major: Number(major), minor: Number(minor) };
}

/** Returns whether two answers about a file show that nothing was written to it between them. */
export function isUnchanged(before: BigIntStats, after: BigIntStats): boolean {
  return before.size === after.size && before.mtimeNs === after.mtimeNs;
}

/** Rounds towards the past, as timestamps do: -0.5 s is 0.5 s after -1. */
function timestampOf(nanoseconds: bigint): Timestamp {
  const fraction = ((nanoseconds % GIGA) + GIGA) % GIGA;
  return { seconds: Number((nanoseconds - fraction) / GIGA), nanoseconds: Number(fraction) };
}
