import type { ByteString } from '../../base/bytes.js';
import { textOfByteString } from '../../base/bytes.js';
import { MonoError } from '../../errors.js';
import type { LeafEntry } from '../entry.js';
import { showPath } from '../path.js';
import type { OpenDirectory } from '../transaction/transaction.js';

/** One entry of the upper directory of a kernel overlayfs, with all its extended attributes. */
export interface UpperEntry {
  /** path in the upper directory, without leading slash; the directory itself is the empty path */
  readonly path: ByteString;
  readonly entry: LeafEntry | OpenDirectory;
  /** path of an earlier entry that is a hard link to the same file */
  readonly linkTarget?: ByteString | undefined;
}

/** Returns the failure to map what an upper, or a change set, has at `path`. */
export function upperError(path: ByteString, problem: string): MonoError {
  return new MonoError(
    'FS_OVERLAY_INVALID',
    `Cannot map overlay entry ${showPath(path)}: ${problem}`,
    { details: { path: textOfByteString(path) } },
  );
}
