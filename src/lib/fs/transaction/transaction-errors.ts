import type { ByteString } from '../../base/bytes.js';
import { textOfByteString } from '../../base/bytes.js';
import type { ErrorCode } from '../../error-codes.js';
import { MonoError } from '../../errors.js';
import { showPath } from '../path.js';

const PROBLEMS = {
  FS_NOT_FOUND: 'it does not exist',
  FS_EXISTS: 'it exists already',
  FS_NOT_A_DIRECTORY: 'it is not a directory',
  FS_IS_A_DIRECTORY: 'it is a directory',
} as const satisfies Partial<Record<ErrorCode, string>>;

/** Returns the error for `path`, which is in the state that `code` names. */
export function pathError(
  code: keyof typeof PROBLEMS,
  action: string,
  path: ByteString,
): MonoError {
  return new MonoError(code, `Cannot ${action} ${showPath(path)}: ${PROBLEMS[code]}`, {
    details: { path: textOfByteString(path) },
  });
}

/** Returns the error for what cannot be done to the root. */
export function rootError(action: string): MonoError {
  return new MonoError('FS_IS_A_DIRECTORY', `Cannot ${action} \`/\`: it is the root`, {
    details: { path: '' },
  });
}

/** Returns the error for moving a directory into itself. */
export function insideItself(from: ByteString, to: ByteString): MonoError {
  return new MonoError(
    'FS_PATH_INVALID',
    `Cannot rename ${showPath(from)} to ${showPath(to)}: a directory cannot move into itself`,
    { details: { from: textOfByteString(from), to: textOfByteString(to) } },
  );
}
