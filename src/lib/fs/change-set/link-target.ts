import type { ByteString } from '../../base/bytes.js';
import { textOfByteString } from '../../base/bytes.js';
import type { ErrorCode } from '../../error-codes.js';
import { MonoError } from '../../errors.js';
import type { DirectoryNode, LeafNode } from './change-set-node.js';
import { hasContent } from './change-set-node.js';
import { descend } from './change-set-paths.js';
import type { BaseLinkEntry } from '../entry.js';
import { checkEntry } from '../node/entry-rules.js';
import { joinPath, showPath, splitPath } from '../path.js';

/**
 * Returns the file that a hard link to `target` is another name of: the one that the change set below
 * `root` has there, or a link to the base's.
 *
 * @throws {MonoError} `FS_NOT_FOUND` when the change set deletes or hides it, `FS_IS_A_DIRECTORY`,
 *   `FS_PATH_INVALID`
 */
export function linkTarget(root: DirectoryNode, target: ByteString): LeafNode {
  const names = splitPath(target);
  const name = names.pop();
  if (name === undefined) throw linkError('FS_IS_A_DIRECTORY', target, 'it is a directory');
  const found = descend(root, names, 'find');
  const present = found.directory?.children.get(name);
  if (present?.kind === 'directory') {
    if (hasContent(present)) throw linkError('FS_IS_A_DIRECTORY', target, 'it is a directory');
  } else if (present !== undefined && present.kind !== 'tombstone') return present;
  if (present?.kind === 'tombstone' || found.hidden) {
    throw linkError('FS_NOT_FOUND', target, 'it does not exist');
  }
  const node: BaseLinkEntry = { kind: 'baseLink', target: joinPath(found.path, name) };
  checkEntry(target, node);
  return node;
}

function linkError(code: ErrorCode, target: ByteString, problem: string): MonoError {
  return new MonoError(code, `Cannot make a hard link to ${showPath(target)}: ${problem}`, {
    details: { path: textOfByteString(target) },
  });
}
