import { textOfByteString, type ByteString } from '../../base/bytes.js';
import type { ErrorCode } from '../../error-codes.js';
import { MonoError } from '../../errors.js';
import type { LeafEntry } from '../entry.js';
import { showPath } from '../path.js';
import type { OpenDirectory } from '../transaction/transaction.js';

/** One entry of a directory of the host. The shape of an `UpperEntry`, which it can serve as. */
export interface HostEntry {
  /** path in the directory, without leading slash; the directory itself is the empty path */
  readonly path: ByteString;
  readonly entry: LeafEntry | OpenDirectory;
  /** path of an earlier entry that is a hard link to the same file */
  readonly linkTarget?: ByteString | undefined;
}

/** Returns the failure to read what the host has at `path` for lack of permission. */
export function unreadable(path: ByteString, cause: unknown): MonoError {
  return hostError('FS_UNREADABLE', path, {
    problem: 'permission denied',
    hint: 'Run as a user who may read it, or leave out what cannot be read.',
    cause,
  });
}

/** Returns the failure to read what something else writes at the same time. */
export function changedMeanwhile(path: ByteString, cause?: unknown): MonoError {
  return hostError('FS_CHANGED', path, {
    problem: 'it changed while it was read',
    hint: 'Run it again when nothing writes to the directory.',
    cause,
  });
}

/** Returns whether `error` is what a call says of a name that is not what it was a moment ago. */
export function isRace(error: unknown): boolean {
  return error instanceof Error && 'code' in error && RACES.has(String(error.code));
}

const RACES: ReadonlySet<string> = new Set(['ENOENT', 'ELOOP', 'ENOTDIR', 'ENXIO', 'EINVAL']);

function hostError(
  code: ErrorCode,
  path: ByteString,
  { cause, hint, problem }: { problem: string; hint: string; cause: unknown },
): MonoError {
  return new MonoError(code, `Cannot import ${showPath(path)}: ${problem}`, {
    details: { path: textOfByteString(path) },
    hint,
    ...(cause === undefined ? {} : { cause }),
  });
}
